package snowflake

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/youmark/pkcs8"

	"covers/tasks/internal/fault"
)

const signInURL = "" +
	"snowflake://loader@ORG-ACCOUNT/COVERS/MAIN?warehouse=COVERS_LOAD_WH&role=COVERS_LOADER&stage=COVERS.MAIN.PROCESSED"

// planted is part of every secret of these tests.
const planted = "pl4nted"

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pemOf(t *testing.T, key any, passphrase string) string {
	t.Helper()
	kind := "PRIVATE KEY"
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if passphrase != "" {
		kind = "ENCRYPTED PRIVATE KEY"
		der, err = pkcs8.MarshalPrivateKey(key, []byte(passphrase), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func configFor(t *testing.T, rawURL string, env map[string]string) (*gosnowflake.Config, error) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return configOf(u, func(name string) string { return env[name] })
}

// TestSignIn: each way, as the driver takes it.
func TestSignIn(t *testing.T) {
	encrypted := write(t, pemOf(t, testKey(), planted))
	for name, c := range map[string]struct {
		env   map[string]string
		check func(c *gosnowflake.Config) bool
	}{
		"key pair": {map[string]string{envPrivateKeyFile: write(t, pemOf(t, testKey(), ""))}, func(c *gosnowflake.Config) bool {
			return c.Authenticator == gosnowflake.AuthTypeJwt && testKey().Equal(c.PrivateKey)
		}},
		"key pair without a file": {map[string]string{envPrivateKey: pemOf(t, testKey(), "")}, func(c *gosnowflake.Config) bool {
			return c.Authenticator == gosnowflake.AuthTypeJwt && c.PrivateKey.Equal(testKey())
		}},
		"encrypted key": {map[string]string{envPrivateKeyFile: encrypted, envPassphrase: planted},
			func(c *gosnowflake.Config) bool {
				return c.Authenticator == gosnowflake.AuthTypeJwt && testKey().Equal(c.PrivateKey)
			}},
		"encrypted key, passphrase in a file": {map[string]string{envPrivateKeyFile: encrypted,
			envPassphrase + "_FILE": write(t, planted+"\n")}, func(c *gosnowflake.Config) bool {
			return testKey().Equal(c.PrivateKey)
		}},
		"token": {map[string]string{envTokenFile: write(t, planted+"\n")}, func(c *gosnowflake.Config) bool {
			return c.Authenticator == gosnowflake.AuthTypeOAuth && c.Token == planted
		}},
		"identity": {map[string]string{envIdentity: "aws"}, func(c *gosnowflake.Config) bool {
			return c.Authenticator == gosnowflake.AuthTypeWorkloadIdentityFederation && c.WorkloadIdentityProvider == "AWS" &&
				c.Token == ""
		}},
		"identity with a token": {map[string]string{envIdentity: "OIDC", envIdentityFile: write(t, planted)},
			func(c *gosnowflake.Config) bool {
				return c.WorkloadIdentityProvider == "OIDC" && c.Token == planted
			}},
		"password": {map[string]string{envPassword: planted}, func(c *gosnowflake.Config) bool {
			return c.Authenticator == gosnowflake.AuthTypeSnowflake && c.Password == planted
		}},
		"password in a file": {map[string]string{envPassword + "_FILE": write(t, planted+"\r\n")},
			func(c *gosnowflake.Config) bool { return c.Password == planted }},
	} {
		c2, err := configFor(t, signInURL, c.env)
		if err != nil || !c.check(c2) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := configFor(t, "snowflake://a%40b@ORG-ACC.snowflakecomputing.com/DB?warehouse=W",
		map[string]string{envPassword: planted})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.User, c.Account, c.Database, c.Schema, c.Warehouse, c.Role}
	if diff := gocmp.Diff([]string{"a@b", "ORG-ACC", "DB", "PUBLIC", "W", ""}, got); diff != "" {
		t.Error(diff)
	}
	c, err = configFor(t, "snowflake://u@acc/DB/S?warehouse=W&protocol=http&host=127.0.0.1&port=8084",
		map[string]string{envPassword: planted})
	if err != nil || c.Host != "127.0.0.1" || c.Port != 8084 || c.Protocol != "http" || !c.DisableOCSPChecks {
		t.Errorf("%v", err)
	}
}

// TestKeyOfOpenSSL: keys as the documentation has people make them, one encrypted with AES, one with triple DES.
func TestKeyOfOpenSSL(t *testing.T) {
	for _, name := range []string{"testdata/aes256.p8", "testdata/des3.p8"} {
		c, err := configFor(t, signInURL, map[string]string{envPrivateKeyFile: name, envPassphrase: "correct horse"})
		if err != nil || c.PrivateKey == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSignInRefused: what is not exactly one way to sign in, or not what it should be, is a usage error that names the setting
// and holds nothing of a secret.
func TestSignInRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, encrypted := write(t, pemOf(t, testKey(), "")), write(t, pemOf(t, testKey(), planted))
	ok := map[string]string{envPassword: planted}
	for _, c := range []struct {
		url  string
		env  map[string]string
		says string
	}{
		{signInURL, nil, "nothing says how to sign in"},
		{signInURL, map[string]string{envPassphrase: planted}, "nothing says how to sign in"},
		{signInURL, map[string]string{envPrivateKeyFile: key, envPassword: planted},
			envPrivateKeyFile + " and " + envPassword + " are set"},
		{signInURL, map[string]string{envIdentity: "AWS", envTokenFile: write(t, planted)}, "are set"},
		{signInURL, map[string]string{envPassword: planted, envPassword + "_FILE": key}, "both " + envPassword},
		{signInURL, map[string]string{envPrivateKeyFile: key, envPassphrase: planted, envPassphrase + "_FILE": key},
			"both " + envPassphrase},
		{signInURL, map[string]string{envPrivateKeyFile: key, envPrivateKey: planted}, "both " + envPrivateKey},
		{signInURL, map[string]string{envPrivateKey: planted}, "the private key of " + envPrivateKey + " is not PEM"},
		{signInURL, map[string]string{envPrivateKey: pemOf(t, testKey(), planted)},
			"the private key of " + envPrivateKey + " is encrypted and has no passphrase"},
		{signInURL, map[string]string{envPrivateKey: planted, envPassword: planted},
			envPrivateKey + " and " + envPassword + " are set"},
		{strings.Replace(signInURL, "loader@", "", 1), map[string]string{envPrivateKey: pemOf(t, testKey(), "")},
			"who signs in with " + envPrivateKey},
		{signInURL, map[string]string{envPrivateKeyFile: "/no/" + planted}, "read the file of " + envPrivateKeyFile},
		{signInURL, map[string]string{envTokenFile: planted}, "read the file of " + envTokenFile},
		{signInURL, map[string]string{envTokenFile: write(t, "\n")}, "is empty"},
		{signInURL, map[string]string{envPrivateKeyFile: write(t, planted)},
			"the private key of " + envPrivateKeyFile + " is not PEM"},
		{signInURL, map[string]string{envPrivateKeyFile: write(t,
			"-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n")}, "is not PKCS #8"},
		{signInURL, map[string]string{envPrivateKeyFile: write(t,
			"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}, "cannot be read"},
		{signInURL, map[string]string{envPrivateKeyFile: encrypted}, "has no passphrase"},
		{signInURL, map[string]string{envPrivateKeyFile: encrypted, envPassphrase: "wrong " + planted},
			"cannot be read with that passphrase"},
		{signInURL, map[string]string{envPrivateKeyFile: write(t, pemOf(t, small, ""))}, "fewer than 2048 bits"},
		{signInURL, map[string]string{envPrivateKeyFile: write(t, pemOf(t, curve, ""))}, "is not an RSA key"},
		{signInURL, map[string]string{envIdentity: planted}, "names no provider"},
		{signInURL, map[string]string{envIdentity: "OIDC"}, envIdentityFile + " is not set"},
		{signInURL, map[string]string{envIdentity: "GCP", envIdentityFile: key}, "goes with OIDC alone"},
		{"snowflake://ORG-ACCOUNT/DB?warehouse=W", ok, "names the user"},
		{"snowflake://u:" + planted + "@acc/DB?warehouse=W", ok, "holds no password"},
		{"snowflake://u:@acc/DB?warehouse=W", ok, "holds no password"},
		{"snowflake://u@acc:443/DB?warehouse=W", ok, "neither a port"},
		{"snowflake://u@acc/DB?warehouse=W#" + planted, ok, "nor a fragment"},
		{"snowflake:u@acc/" + planted, ok, "nor a fragment"},
		{"snowflake://u@/DB?warehouse=W", ok, "names the account"},
		{"snowflake://u@acc?warehouse=W", ok, "names a database"},
		{"snowflake://u@acc/DB/S/" + planted + "?warehouse=W", ok, "names a database"},
		{"snowflake://u@acc/DB%22" + planted + "?warehouse=W", ok, "names a database"},
		{"snowflake://u@acc/DB?stage=" + planted + "%27", ok, "does not take this stage="},
		{"snowflake://u@acc/DB?warehose=" + planted, ok, "did you mean warehouse=?"},
		{"snowflake://u@acc/DB?warehouse=W&password=" + planted, ok, "a parameter that is not known"},
		{"snowflake://u@acc/DB?warehouse=W&" + planted + "=1", ok, "a parameter that is not known"},
		{"snowflake://u@acc/DB?warehouse=W&warehouse=" + planted, ok, "does not take this warehouse="},
		{"snowflake://u@acc/DB?warehouse=W;" + planted, ok, "cannot be read"},
		{"snowflake://u@acc/DB?warehouse=W&port=0", ok, "does not take this port="},
		{"snowflake://u@acc/DB?warehouse=W&protocol=ftp" + planted, ok, "does not take this protocol="},
		{"snowflake://u@acc/DB?warehouse=W&protocol=http", ok, "not called without encryption"},
		{"snowflake://u@acc/DB?warehouse=W&protocol=http&host=acc.SnowflakeComputing.com", ok, "not called without encryption"},
	} {
		_, err := configFor(t, c.url, c.env)
		if err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %v: want %q, got %v", c.url, c.env, c.says, err)
			continue
		}
		if strings.Contains(err.Error(), planted) {
			t.Errorf("a secret is in %q", err)
		}
		if !errors.As(err, new(*fault.Error)) {
			t.Errorf("no next step in %q", err)
		}
	}
}

func TestSignInWarnings(t *testing.T) {
	open, closed := write(t, planted), write(t, planted)
	if err := os.Chmod(open, 0o640); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"fine":             {map[string]string{envPrivateKeyFile: closed}, nil},
		"not there":        {map[string]string{envPrivateKeyFile: "/no/such/file"}, nil},
		"readable":         {map[string]string{envPrivateKeyFile: open}, []string{envPrivateKeyFile, `"-rw-r-----"`}},
		"readable token":   {map[string]string{envTokenFile: open}, []string{envTokenFile}},
		"password":         {map[string]string{envPassword: planted}, []string{"password alone"}},
		"password in file": {map[string]string{envPassword + "_FILE": open}, []string{"password alone", envPassword + "_FILE"}},
	} {
		var log bytes.Buffer
		warnOfSignIn(zerolog.New(&log).WithContext(t.Context()), func(name string) string { return c.env[name] })
		if got := strings.Count(log.String(), `"level":"warn"`); (got == 0) != (c.want == nil) {
			t.Errorf("%s: %s", name, log.String())
		}
		for _, want := range c.want {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: no %q in %s", name, want, log.String())
			}
		}
		if strings.Contains(log.String(), planted) {
			t.Errorf("%s: a secret is in %s", name, log.String())
		}
	}
}

// TestTokenIsReadAnew: a token that is renewed while the program runs takes effect with the next connection.
func TestTokenIsReadAnew(t *testing.T) {
	t.Setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
	t.Setenv("SF_DISABLE_MINICORE", "true")
	var tokens []string
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct{ Token string } `json:"data"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		if body.Data.Token != "" {
			tokens = append(tokens, body.Data.Token)
		}
		_, _ = io.WriteString(w, `{"success":false,"code":"390303","message":"Invalid OAuth access token.","data":{}}`)
	}))
	defer refuses.Close()
	host, port, _ := net.SplitHostPort(refuses.Listener.Addr().String())
	u, err := url.Parse(fmt.Sprintf("snowflake://acc/DB?warehouse=W&protocol=http&host=%s&port=%s", host, port))
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "one")
	c := connector{u, func(name string) string { return map[string]string{envTokenFile: path}[name] }, nil}
	for _, token := range []string{"one", "two"} {
		if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Connect(t.Context()); err == nil {
			t.Error("connected")
		}
	}
	if diff := gocmp.Diff([]string{"one", "two"}, slices.Compact(tokens)); diff != "" {
		t.Error(diff)
	}
}

// TestQuiet: the driver's log is off and stays off.
func TestQuiet(t *testing.T) {
	var said screen
	l := gosnowflake.GetLogger()
	l.SetOutput(&said)
	defer l.SetOutput(io.Discard)
	_ = l.SetLogLevel("TRACE")
	l.Error(planted)
	l.WithField("a", "b").Warnf("%s", planted)
	l.WithContext(t.Context()).Info(planted)
	if said.String() != "" {
		t.Errorf("the driver said %s", said.String())
	}
}
