package warehouse

import (
	"io"

	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/snowflakedb/gosnowflake/v2/sflog"
)

// quiet is the driver's logger, turned off. What it would say is in the errors that it returns; what it says beyond them
// (addresses with their parameters, the names of a session) belongs in no log. Being a type of its own, it cannot be replaced
// by the log file that the driver's environment may ask for (SF_CLIENT_CONFIG_FILE).
type quiet struct{ gosnowflake.SFLogger }

// SetLogLevel and SetLogLevelInt leave it off, whatever a configuration says.
func (quiet) SetLogLevel(string) error               { return nil }
func (quiet) SetLogLevelInt(gosnowflake.Level) error { return nil }

func init() {
	l := gosnowflake.CreateDefaultLogger()
	l.SetOutput(io.Discard)
	if err := l.SetLogLevelInt(sflog.LevelOff); err != nil {
		panic(err)
	}
	if err := gosnowflake.SetLogger(quiet{l}); err != nil {
		panic(err)
	}
}
