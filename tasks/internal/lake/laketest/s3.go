// Package laketest runs a real S3 server for tests: versitygw, built from tools/versitygw at the version pinned there, on a
// free port of the loopback interface. Start with S3. The package refuses to know what is stored, and imports nothing of
// the project, so that package lake's own tests can use it.
package laketest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// BinaryVar names the environment variable that may hold the path of a versitygw binary. Without it one is built.
const BinaryVar = "COVERS_VERSITYGW"

// Server is a running S3 server.
type Server struct {
	URL         string // http://127.0.0.1:port
	Root        string // its folder: bucket/key
	Access, Key string // its only credentials
	Bucket      string // an empty bucket

	versions string // the folder of objects' old versions, or "" for none

	sidecar bool // metadata beside the files: their file system has no extended attributes
}

// S3 starts a server that ends with the test, and returns the URL of an empty zone in it. The credentials are in the
// environment until then, so a test that calls it cannot run beside others.
func S3(t testing.TB) string {
	t.Helper()
	s := Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.Key)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return s.Zone("zone")
}

// Zone returns the URL of a zone in the server's bucket.
func (s *Server) Zone(prefix string) string {
	q := url.Values{"region": {"us-east-1"}, "endpoint": {s.URL}, "use_path_style": {"true"}}
	return (&url.URL{Scheme: "s3", Host: s.Bucket, Path: "/" + prefix, RawQuery: q.Encode()}).String()
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, "")
}

// StartVersioned starts a server whose bucket keeps the old versions of objects.
func StartVersioned(t testing.TB) *Server {
	t.Helper()
	s := start(t, t.TempDir())
	_, err := s.Client().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: &s.Bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		t.Fatalf("turn versions on: %v", err)
	}
	return s
}

// Client returns a client of the server's.
func (s *Server) Client() *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.Access, s.Key, ""),
	})
}

func start(t testing.TB, versions string) *Server {
	t.Helper()
	binary, err := binaryPath()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Root: t.TempDir(), Access: rand.Text(), Key: rand.Text(), Bucket: "covers-test", versions: versions}
	// Between our choice of a port and the server's use of it another process may take it: then choose again.
	for try := 1; ; try++ {
		err := s.start(t, binary)
		if err == nil {
			break
		}
		s.sidecar = strings.Contains(err.Error(), "xattr")
		if try == 5 {
			t.Fatalf("start versitygw: %v", err)
		}
	}
	if _, err := s.Client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.Bucket}); err != nil {
		t.Fatalf("create bucket: %v", err)
	}
	return s
}

func (s *Server) start(t testing.TB, binary string) error {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	s.URL = "http://" + address
	var output bytes.Buffer
	args := []string{"--port", address, "--health", "/health", "--quiet", "posix"}
	if s.sidecar {
		args = append(args, "--sidecar", t.TempDir())
	}
	if s.versions != "" {
		args = append(args, "--versioning-dir", s.versions)
	}
	cmd := exec.CommandContext(t.Context(), binary, append(args, s.Root)...)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.Access, "ROOT_SECRET_KEY="+s.Key)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	if err := healthy(t.Context(), s.URL+"/health", ended); err != nil {
		_ = cmd.Process.Kill()
		<-ended
		return fmt.Errorf("%w\n%s", err, output.String())
	}
	// The test's context, which kills the server, ends before its cleanups.
	t.Cleanup(func() { <-ended })
	return nil
}

// healthy waits until the server answers, or has ended.
func healthy(ctx context.Context, address string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// binaryPath returns the binary, which go builds once and keeps in its cache.
var binaryPath = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(BinaryVar); path != "" {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		// Named but not built yet: build it here, so that no test is passed over.
	}
	root, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	module := filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), "tools", "versitygw", "go.mod")
	cmd := exec.CommandContext(context.Background(), "go", "tool", "-modfile="+module, "-n", "versitygw")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build versitygw: %w\n%s", err, problems.String())
	}
	return strings.TrimSpace(string(out)), nil
})
