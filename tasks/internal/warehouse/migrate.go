package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
)

// schemaFile is one file of sql/schema, applied once, in the order of the numbers. A file that was applied anywhere is never
// changed: a new one follows it.
type schemaFile struct {
	number     int64
	name       string
	digest     string
	statements []Statement
}

var schema = readSchema()

func readSchema() []schemaFile {
	entries, err := files.ReadDir("sql/schema")
	if err != nil {
		panic(err)
	}
	var out []schemaFile
	for i, e := range entries { // sorted by name
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n != int64(i) {
			panic(fmt.Sprintf("sql/schema/%s: want the number %04d", e.Name(), i))
		}
		text, err := files.ReadFile("sql/schema/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(text)
		out = append(out, schemaFile{n, e.Name(), hex.EncodeToString(sum[:]), split("schema/"+e.Name(), string(text))})
	}
	return out
}

var (
	existsQuery   = query("schema_exists")
	versionsQuery = query("schema_versions")
	newVersion    = query("new_schema_version")
)

// migrate brings the schema up to this program's. Two programs may do so at once, and one may die in the middle.
func (w *Warehouse) migrate(ctx context.Context) error {
	return w.patiently(ctx, func() error {
		return w.with(ctx, func(s session) error {
			applied, err := s.schemaVersions(ctx)
			if err != nil {
				return err
			}
			for _, f := range schema {
				if _, ok := applied[f.number]; ok {
					continue
				}
				if err := s.execAll(ctx, f.statements); err != nil {
					return err
				}
				// Two programs may both write this row: it says the same.
				_, err := s.exec(ctx, newVersion, f.number, f.name, f.digest, time.Now().UTC().Format(timestampForm))
				if err != nil {
					return err
				}
				zerolog.Ctx(ctx).Info().Str("file", f.name).Msg("schema applied")
			}
			return nil
		})
	})
}

// checkSchema refuses to read a warehouse whose schema is not this program's.
func (w *Warehouse) checkSchema(ctx context.Context) error {
	return w.with(ctx, func(s session) error {
		applied, err := s.schemaVersions(ctx)
		if err != nil {
			return err
		}
		if len(applied) == 0 {
			return missing(w.url)
		}
		if len(applied) < len(schema) {
			return fault.New(fault.Usage, "run load with this program first: it brings the schema up to date",
				"the warehouse's schema is at %d, this program's at %d", len(applied)-1, len(schema)-1)
		}
		return nil
	})
}

func missing(where string) error {
	return fault.New(fault.Usage, "load a day first, or correct --warehouse", "open %s: %w", where, ErrMissing)
}

// schemaVersions gives the digests of the files that were applied, by number, and refuses what this program does not know.
func (s session) schemaVersions(ctx context.Context) (map[int64]string, error) {
	there, err := s.texts(ctx, existsQuery)
	if err != nil || len(there) == 0 {
		return nil, err
	}
	rows, err := s.texts(ctx, versionsQuery)
	if err != nil {
		return nil, err
	}
	applied := map[int64]string{}
	for _, row := range rows {
		n, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the schema's versions: %w", err)
		}
		applied[n] = row[2]
		i := slices.IndexFunc(schema, func(f schemaFile) bool { return f.number == n })
		if i < 0 {
			return nil, fault.New(fault.Usage, "use the program that made it, or a newer one",
				"the warehouse's schema has %s, which this program does not know", row[1])
		}
		if schema[i].digest != row[2] {
			return nil, fault.New(fault.Usage, "restore the file and add a new one after it, or load into a new warehouse",
				"schema/%s was changed after it was applied to this warehouse", schema[i].name)
		}
	}
	return applied, nil
}
