package snowflake

import (
	"fmt"
	"io"
	"os"
	"sync"

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

// settleDriver tells the driver what it takes from the process and from nothing else. It would probe the cloud's metadata
// service, and load a library of its own, to tell Snowflake where it runs.
var settleDriver = sync.OnceValue(func() error {
	for _, name := range []string{"SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "SF_DISABLE_MINICORE"} {
		if err := os.Setenv(name, "true"); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return silence()
})

// silence turns the driver's logger off.
func silence() error {
	l := gosnowflake.CreateDefaultLogger()
	l.SetOutput(io.Discard)
	if err := l.SetLogLevelInt(sflog.LevelOff); err != nil {
		return fmt.Errorf("turn the driver's log off: %w", err)
	}
	return gosnowflake.SetLogger(quiet{l})
}
