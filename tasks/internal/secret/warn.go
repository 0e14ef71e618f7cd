package secret

import (
	"context"
	"os"

	"github.com/rs/zerolog"
)

// WarnOfReaders says which of the files that the environment variables name others than their owners may use. It is advice and no
// refusal: Kubernetes mounts secrets for all users of a container, which has one.
func WarnOfReaders(ctx context.Context, getenv func(string) string, names ...string) {
	for _, name := range names {
		path := getenv(name)
		info, err := os.Stat(path)
		if path == "" || err != nil { // whoever reads the file says what is wrong with it
			continue
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			zerolog.Ctx(ctx).Warn().Str("mode", mode.String()).Str("next", "chmod 600 the file").
				Msg("others than its owner may use the file of " + name)
		}
	}
}
