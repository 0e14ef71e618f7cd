package warehouse

import (
	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/snowflakedb/gosnowflake/v2/sflog"
)

// The driver's logger is off: an error of the driver's may repeat a value, and stderr holds the step's own lines.
func init() {
	if err := gosnowflake.GetLogger().SetLogLevelInt(sflog.LevelOff); err != nil {
		panic(err)
	}
}
