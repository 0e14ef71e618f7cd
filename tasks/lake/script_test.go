package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"covers/tasks/internal/scripttest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"lake": main}) }

func TestScripts(t *testing.T) {
	p := scripttest.Params("testdata/script", nil,
		"COVERS_RAW=file://$WORK/raw", "COVERS_STAGING=file://$WORK/staging", "COVERS_PROCESSED=",
		"AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", "AWS_MAX_ATTEMPTS=1")
	// overwrites: a store that takes whatever it is given is the zone raw.
	p.Cmds["overwrites"] = func(ts *testscript.TestScript, _ bool, _ []string) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.URL.Query().Has("list-type") {
				_, _ = io.WriteString(w, "<ListBucketResult></ListBucketResult>")
			}
		}))
		ts.Defer(server.Close)
		ts.Setenv("COVERS_RAW", "s3://bucket/raw?region=us-east-1&use_path_style=true&endpoint="+url.QueryEscape(server.URL))
	}
	testscript.Run(t, p)
}
