package snowflake

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql/driver"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/youmark/pkcs8"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/secret"
	"covers/tasks/internal/warehouse/engine"
)

// The settings of signing in. A secret comes from the environment or from a file, and is in no URL, flag, log or error.
const (
	envPrivateKey     = "COVERS_SNOWFLAKE_PRIVATE_KEY"            // PEM, PKCS #8, may be encrypted
	envPrivateKeyFile = envPrivateKey + "_FILE"                   // the same in a file
	envPassphrase     = "COVERS_SNOWFLAKE_PRIVATE_KEY_PASSPHRASE" // or …_FILE
	envTokenFile      = "COVERS_SNOWFLAKE_OAUTH_TOKEN_FILE"       // read anew for each connection
	envIdentity       = "COVERS_SNOWFLAKE_WORKLOAD_IDENTITY"      // AWS, GCP, AZURE or OIDC
	envIdentityFile   = "COVERS_SNOWFLAKE_WORKLOAD_IDENTITY_TOKEN_FILE"
	envPassword       = "COVERS_SNOWFLAKE_PASSWORD" // or …_FILE
)

// loginTimeout bounds the retries of signing in; the driver's own five minutes are longer than a scheduler's patience.
const loginTimeout = time.Minute

// signIn is one way to sign in: the settings that ask for it, and what it makes of them.
type signIn struct {
	settings []string // any one of them asks; the first stands for the way in advice
	apply    func(c *gosnowflake.Config, getenv func(string) string) error
}

// firstSet is the first of these settings that is set, for messages to name; "" for none.
func firstSet(getenv func(string) string, settings ...string) string {
	i := slices.IndexFunc(settings, func(n string) bool { return getenv(n) != "" })
	if i < 0 {
		return ""
	}
	return settings[i]
}

var signIns = []signIn{
	{[]string{envPrivateKeyFile, envPrivateKey}, withKeyPair},
	{[]string{envTokenFile}, withOAuth},
	{[]string{envIdentity}, withIdentity},
	{[]string{envPassword, envPassword + "_FILE"}, withPassword},
}

// configOf reads a warehouse's URL and signs in by exactly one of the ways that the environment names. It reads the
// files of the secrets each time. Errors are usage errors and hold no secret.
func configOf(u *url.URL, getenv func(string) string) (*gosnowflake.Config, error) {
	c, err := parseURL(u)
	if err != nil {
		return nil, err
	}
	var asked []signIn
	var all, names []string
	for _, s := range signIns {
		all = append(all, s.settings[0])
		if name := firstSet(getenv, s.settings...); name != "" {
			asked = append(asked, s)
			names = append(names, name)
		}
	}
	switch len(asked) {
	case 1:
	case 0:
		return nil, fault.New(fault.Usage, "set "+envPrivateKeyFile+" to the path of the user's private key; the other ways are "+
			strings.Join(all[1:], ", "), "nothing says how to sign in to Snowflake")
	default:
		return nil, fault.New(fault.Usage, "unset all but one", "%s are set: how to sign in to Snowflake is not clear",
			strings.Join(names, " and "))
	}
	c.Application = "Covers"
	c.LoginTimeout = loginTimeout //nolint:staticcheck // deprecated, and nothing takes its place yet
	if err := asked[0].apply(c, getenv); err != nil {
		return nil, err
	}
	// The identity names the user itself, and a token may.
	if c.User == "" && (c.Authenticator == gosnowflake.AuthTypeJwt || c.Authenticator == gosnowflake.AuthTypeSnowflake) {
		return nil, fault.New(fault.Usage, nextURL, "a Snowflake URL names the user who signs in with %s", names[0])
	}
	return c, nil
}

// connector signs in with what the settings and their files say at that moment: a token that was renewed, or a key
// that was rotated, takes effect with the next connection. adjust may change the rest of the configuration.
type connector struct {
	url    *url.URL
	getenv func(string) string
	adjust func(*gosnowflake.Config)
}

var _ driver.Connector = connector{}

// Connect implements driver.Connector.
func (s connector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := configOf(s.url, s.getenv)
	if err != nil {
		return nil, err
	}
	if s.adjust != nil {
		s.adjust(c)
	}
	conn, err := gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *c).Connect(ctx)
	if err != nil {
		return nil, notSignedIn(ctx, c.Authenticator, err)
	}
	known, ok := conn.(driverConn)
	if !ok {
		return nil, errors.Join(errDriver, conn.Close())
	}
	return session{known}, nil
}

// notSignedIn classifies an error of signing in, where the driver tells by a plain one that it found no identity of this
// machine's, and that its retries are used up.
func notSignedIn(ctx context.Context, by gosnowflake.AuthType, err error) error {
	var s *gosnowflake.SnowflakeError
	var syntax *json.SyntaxError
	shown := &engine.Error{Text: err.Error(), Cause: err}
	switch {
	case ctx.Err() != nil, errors.As(err, &s), isLost(err):
		return shown
	case by != gosnowflake.AuthTypeWorkloadIdentityFederation, strings.HasPrefix(err.Error(), "timeout after "),
		errors.As(err, &syntax), errors.Is(err, io.EOF):
		return &unanswered{err}
	}
	return fault.New(fault.Denied, "give the program the identity that "+envIdentity+" names", "find an identity: %w", shown)
}

// Driver implements driver.Connector.
func (connector) Driver() driver.Driver { return gosnowflake.SnowflakeDriver{} }

// warnOfSignIn says, once a program, what is unwise about how it signs in.
func warnOfSignIn(ctx context.Context, getenv func(string) string) {
	log := zerolog.Ctx(ctx)
	if firstSet(getenv, envPassword, envPassword+"_FILE") != "" {
		log.Warn().Str("next", "give the user a key pair and set "+envPrivateKeyFile).
			Msg("signing in to Snowflake with a password alone, which Snowflake is retiring for services")
	}
	secret.WarnOfReaders(ctx, getenv, envPrivateKeyFile, envPassphrase+"_FILE", envTokenFile, envIdentityFile,
		envPassword+"_FILE")
}

func withKeyPair(c *gosnowflake.Config, getenv func(string) string) error {
	const next = "make it as docs/snowflake.md says: openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes256 -out key.p8"
	text, err := secret.FromEnv(getenv, envPrivateKey)
	if err != nil {
		return err
	}
	name := firstSet(getenv, envPrivateKeyFile, envPrivateKey)
	refuse := func(says string) error { return fault.New(fault.Usage, next, "the private key of %s %s", name, says) }
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return refuse("is not PEM")
	}
	passphrase, err := secret.FromEnv(getenv, envPassphrase)
	if errors.Is(err, secret.ErrNotSet) {
		passphrase, err = "", nil // a key that is not encrypted has none
	}
	if err != nil {
		return err
	}
	var key any
	switch {
	case block.Type == "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case block.Type == "ENCRYPTED PRIVATE KEY" && passphrase == "":
		return fault.New(fault.Usage, "set "+envPassphrase+", or "+envPassphrase+"_FILE",
			"the private key of %s is encrypted and has no passphrase", name)
	case block.Type == "ENCRYPTED PRIVATE KEY":
		key, err = pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(passphrase))
	default:
		return refuse("is not PKCS #8")
	}
	if err != nil && passphrase != "" {
		return refuse("cannot be read with that passphrase") // the cause may hold a part of the key
	}
	if err != nil {
		return refuse("cannot be read")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return refuse("is not an RSA key")
	}
	if private.N.BitLen() < 2048 {
		return refuse("has fewer than 2048 bits, which Snowflake refuses")
	}
	c.Authenticator, c.PrivateKey = gosnowflake.AuthTypeJwt, private
	return nil
}

func withOAuth(c *gosnowflake.Config, getenv func(string) string) (err error) {
	c.Authenticator = gosnowflake.AuthTypeOAuth
	c.Token, err = secret.FromFile(getenv, envTokenFile)
	return err
}

func withIdentity(c *gosnowflake.Config, getenv func(string) string) (err error) {
	provider := strings.ToUpper(getenv(envIdentity))
	if providers := []string{"AWS", "GCP", "AZURE", "OIDC"}; !slices.Contains(providers, provider) {
		return fault.New(fault.Usage, "use one of "+strings.Join(providers, ", "), "%s names no provider of identities",
			envIdentity)
	}
	c.Authenticator, c.WorkloadIdentityProvider = gosnowflake.AuthTypeWorkloadIdentityFederation, provider
	if provider == "OIDC" {
		c.Token, err = secret.FromFile(getenv, envIdentityFile)
		return err
	}
	if getenv(envIdentityFile) != "" {
		return fault.New(fault.Usage, "unset it, or set "+envIdentity+"=OIDC", "%s goes with OIDC alone", envIdentityFile)
	}
	return nil
}

func withPassword(c *gosnowflake.Config, getenv func(string) string) (err error) {
	c.Authenticator = gosnowflake.AuthTypeSnowflake
	c.Password, err = secret.FromEnv(getenv, envPassword)
	return err
}
