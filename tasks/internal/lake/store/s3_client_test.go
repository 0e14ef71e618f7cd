package store

import (
	"bytes"
	"context"
	"testing"

	"github.com/rs/zerolog"
)

// The client's own warnings are log events, not lines of its own on stderr.
func TestS3ClientLog(t *testing.T) {
	var out bytes.Buffer
	log := zerolog.New(&out)
	ctx := log.WithContext(context.Background())
	clientLog{&zerolog.Logger{}}.WithContext(ctx).Logf("WARN", "attempt %d", 2)
	if got := out.String(); got != `{"level":"warn","client":"s3","message":"attempt 2"}`+"\n" {
		t.Errorf("logged %q", got)
	}
}
