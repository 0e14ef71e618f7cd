package snowflake

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

// screen is a buffer for several goroutines.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestNoSecretEscapes connects by every way to a port where nobody is, and to a server that refuses: no secret is in an error,
// in what the driver would log at its most talkative, or in the session's parameters, and the driver's log stays off whatever
// its environment asks for.
func TestNoSecretEscapes(t *testing.T) {
	t.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	t.Setenv("SF_DISABLE_MINICORE", "true")
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := nobody.Addr().String()
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	var asked sync.Map // the ways by which the server was called
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct {
				Token, Password, Authenticator string
				SessionParameters              json.RawMessage `json:"SESSION_PARAMETERS"`
			} `json:"data"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		if strings.Contains(r.URL.String(), planted) || strings.Contains(string(body.Data.SessionParameters), planted) {
			t.Errorf("a secret is in the address or the session's parameters: %s", r.URL)
		}
		asked.Store(body.Data.Token+body.Data.Password, body.Data.Authenticator)
		_, _ = io.WriteString(w,
			`{"success":false,"code":"390100","message":"Incorrect username or password was specified.","data":{}}`)
	}))
	defer refuses.Close()

	key := pemOf(t, testKey(), planted)
	secrets := []string{planted}
	for line := range strings.Lines(pemOf(t, testKey(), "")) { // the key itself, in any of its parts
		if line = strings.TrimSpace(line); len(line) > 32 && !strings.HasPrefix(line, "-") {
			secrets = append(secrets, line)
		}
	}
	// The driver looks into an identity's token before it hands it on.
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"s","iss":"https://i.invalid"}`)) + "." + planted
	ways := map[string]map[string]string{
		"key pair":      {envPrivateKeyFile: write(t, pemOf(t, testKey(), ""))},
		"encrypted key": {envPrivateKeyFile: write(t, key), envPassphrase: planted},
		"token":         {envTokenFile: write(t, planted+"-token")},
		"identity":      {envIdentity: "OIDC", envIdentityFile: write(t, jwt)},
		"password":      {envPassword: planted + "-password"},
	}
	find := func(t *testing.T, where, text string) {
		t.Helper()
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("a secret is in %s: %s", where, text)
			}
		}
	}
	connect := func(t *testing.T, server string, env map[string]string) error {
		t.Helper()
		host, port, err := net.SplitHostPort(server)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(fmt.Sprintf("snowflake://loader@acc/DB/S?warehouse=W&protocol=http&host=%s&port=%s", host, port))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		db := sql.OpenDB(connector{u, func(name string) string { return env[name] }, func(c *gosnowflake.Config) {
			c.LoginTimeout = 100 * time.Millisecond //nolint:staticcheck // deprecated, and nothing takes its place yet
			c.MaxRetryCount = 1
		}})
		defer func() { _ = db.Close() }()
		err = db.PingContext(ctx)
		if err == nil {
			t.Error("connected")
		}
		return err
	}

	if err := settleDriver(); err != nil {
		t.Fatal(err)
	}
	ours := gosnowflake.GetLogger()
	for name, env := range ways {
		for where, server := range map[string]string{"dead port": dead, "refusing server": refuses.Listener.Addr().String()} {
			t.Run(name+"/"+where, func(t *testing.T) {
				logFile := filepath.Join(t.TempDir(), "logs")
				config := write(t, `{"common":{"log_level":"TRACE","log_path":"`+logFile+`"}}`)
				t.Setenv("SF_CLIENT_CONFIG_FILE", config)
				find(t, "an error", fmt.Sprintf("%v %+v", connect(t, server, env), connect(t, server, env)))
				err := filepath.WalkDir(logFile, func(path string, d fs.DirEntry, err error) error {
					if err == nil && !d.IsDir() {
						t.Errorf("the driver logs to %s", path)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if gosnowflake.GetLogger() != ours {
					t.Fatal("the driver's logger was replaced")
				}
				t.Setenv("SF_CLIENT_CONFIG_FILE", "")

				talkative := gosnowflake.CreateDefaultLogger()
				var said screen
				talkative.SetOutput(&said)
				if err := talkative.SetLogLevel("TRACE"); err != nil {
					t.Fatal(err)
				}
				if err := gosnowflake.SetLogger(talkative); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := gosnowflake.SetLogger(ours); err != nil {
						t.Error(err)
					}
					ours = gosnowflake.GetLogger()
				}()
				_ = connect(t, server, env)
				if !strings.Contains(said.String(), "OpenWithConfig") {
					t.Error("the driver's own log was not heard")
				}
				find(t, "the driver's own log", said.String())
			})
		}
	}
	for _, secret := range []string{planted + "-token", jwt, planted + "-password"} {
		if _, ok := asked.Load(secret); !ok {
			t.Errorf("the server was never given %s: this test would find nothing", secret)
		}
	}
}
