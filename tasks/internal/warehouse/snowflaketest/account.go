package snowflaketest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/snowflakedb/gosnowflake/v2"
)

// The users who sign in to the stand-in. All but Analyst are the ones of snowflake/bootstrap.sql, and its administrator.
const (
	Loader        = "COVERS_LOAD"
	Owner         = "COVERS_MIGRATE"
	Analyst       = "AN_ANALYST"
	Administrator = "ADMINISTRATOR" // the stand-in's own, who ran the script
)

// key is the key pair of all of them: a program is given one.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func privateKey() string {
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// edited are the places for public keys in bootstrap.sql, which an administrator fills in by hand.
var edited = regexp.MustCompile(`(RSA_PUBLIC_KEY = ')[^']*'`)

// ofPeople is the warehouse that analysts may use.
var ofPeople = regexp.MustCompile(`GRANT USAGE ON WAREHOUSE (\w+) TO ROLE COVERS_ANALYST`)

// account writes bootstrap.sql as an administrator runs it, with the keys in their places and an analyst.
func account(t testing.TB, root, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "snowflake", "bootstrap.sql"))
	if err != nil {
		t.Fatal(err)
	}
	// What is granted on tables and views one by one, once they are there; it says so of names, and names are what is looked up.
	grants, err := os.ReadFile(filepath.Join(root, "snowflake", "grants.sql"))
	if err != nil {
		t.Fatal(err)
	}
	text = append(append(text, '\n'), grants...)
	der, err := x509.MarshalPKIXPublicKey(&key().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	peoples := ofPeople.FindStringSubmatch(string(text))
	if peoples == nil {
		t.Fatal("bootstrap.sql grants COVERS_ANALYST no warehouse")
	}
	public := base64.StdEncoding.EncodeToString(der)
	script := edited.ReplaceAllString(string(text), "${1}"+public+"'") + `
ALTER USER ` + Administrator + ` SET RSA_PUBLIC_KEY = '` + public + `';
CREATE USER ` + Analyst + ` RSA_PUBLIC_KEY = '` + public + `' DEFAULT_ROLE = COVERS_ANALYST
  DEFAULT_WAREHOUSE = ` + peoples[1] + `;
GRANT ROLE COVERS_ANALYST TO USER ` + Analyst + `;`
	file := filepath.Join(folder, "account.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// administrator opens a database for the account's administrator at an address: the server's own, or a proxy's.
func (s *Server) administrator(address, database string) *sql.DB {
	host, portText, _ := strings.Cut(address, ":")
	port, err := strconv.Atoi(portText)
	if err != nil {
		panic(err)
	}
	return sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: "standin", User: Administrator, Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: key(),
		Protocol: "http", Host: host, Port: port, Database: database, Schema: "MAIN", DisableOCSPChecks: true,
	}))
}

// Administer runs statements in a database as the account's administrator, past any proxy.
func (s *Server) Administer(ctx context.Context, database string, statements ...string) error {
	db := s.administrator(s.Address, database)
	for _, text := range statements {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

// Stage puts the stage of a database, which bootstrap.sql makes for one zone, at the zone of a test.
func (s *Server) Stage(ctx context.Context, database, zoneURL string) error {
	return s.Administer(ctx, database, "CREATE OR REPLACE STAGE "+database+".EXTERNAL.PROCESSED URL = '"+
		strings.TrimSuffix(zoneURL, "/")+"/' STORAGE_INTEGRATION = COVERS_S3")
}
