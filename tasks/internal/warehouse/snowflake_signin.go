package warehouse

import (
	"context"
	"database/sql/driver"
	"net/url"

	"github.com/snowflakedb/gosnowflake/v2"

	"covers/tasks/internal/fault"
)

// snowflakeConfig reads a warehouse's URL and signs in by password.
func snowflakeConfig(u *url.URL, getenv func(string) string) (*gosnowflake.Config, error) {
	c, err := parseSnowflakeURL(u)
	if err != nil {
		return nil, err
	}
	if c.Password = getenv("COVERS_SNOWFLAKE_PASSWORD"); c.Password == "" {
		return nil, fault.New(fault.Usage, "set COVERS_SNOWFLAKE_PASSWORD", "nothing says how to sign in to Snowflake")
	}
	return c, nil
}

// snowflakeConnector signs in with what the settings say at that moment. adjust may change the rest of the configuration.
type snowflakeConnector struct {
	url    *url.URL
	getenv func(string) string
	adjust func(*gosnowflake.Config)
}

var _ driver.Connector = snowflakeConnector{}

// Connect implements driver.Connector.
func (s snowflakeConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := snowflakeConfig(s.url, s.getenv)
	if err != nil {
		return nil, err
	}
	if s.adjust != nil {
		s.adjust(c)
	}
	return gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *c).Connect(ctx)
}

// Driver implements driver.Connector.
func (snowflakeConnector) Driver() driver.Driver { return gosnowflake.SnowflakeDriver{} }
