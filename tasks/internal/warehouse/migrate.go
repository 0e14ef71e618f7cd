package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/warehouse/engine"
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
	gatesQuery    = query("gates")
	oneGate       = statements("gate.sql")
)

// SchemaFile is a file of sql/schema, and what a migration made of it.
type SchemaFile struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // SHA-256, hexadecimal
	State  string `json:"state"`  // Applied, Before or Pending
}

// The states of a schema file.
const (
	Applied = "applied" // by this migration
	Before  = "before"  // it had been applied already
	Pending = "pending" // a dry run would apply it
)

// Migrate brings the schema of the warehouse at a URL up to this program's, under a role that may, and holds the tables against
// the data contract. A dry run says which files it would apply, and makes nothing. A file that was changed after it was
// applied, and a table that is not what the contract says, are data faults.
func Migrate(ctx context.Context, m machine.Machine, rawURL string, dryRun bool) (out []SchemaFile, err error) {
	mode := ReadWrite
	if dryRun {
		mode = ReadOnly
	}
	w, err := connect(ctx, m, rawURL, mode, nil)
	if dryRun && errors.Is(err, ErrMissing) {
		return schemaFiles(nil, Pending), nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if dryRun {
		err = w.with(ctx, func(s session) error {
			applied, err := s.schemaVersions(ctx)
			out = schemaFiles(applied, Pending)
			return err
		})
	} else {
		out, err = w.migrate(ctx)
	}
	if err != nil || slices.ContainsFunc(out, func(f SchemaFile) bool { return f.State == Pending }) {
		return out, err
	}
	return out, w.checkContract(ctx)
}

// schemaFiles are all of this program's, with the state of those that were not applied before.
func schemaFiles(applied map[int64]string, otherwise string) []SchemaFile {
	out := make([]SchemaFile, len(schema))
	for i, f := range schema {
		out[i] = SchemaFile{f.name, f.digest, otherwise}
		if _, ok := applied[f.number]; ok {
			out[i].State = Before
		}
	}
	return out
}

// migrate brings the schema up to this program's. Two programs may do so at once, and one may die in the middle.
func (w *Warehouse) migrate(ctx context.Context) (out []SchemaFile, err error) {
	err = w.anew(ctx, func() error {
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
					if err := s.apply(ctx, w.translated(f.statements)); err != nil {
						return err
					}
					// Two programs may both write this row: it says the same.
					at := w.machine.Now().UTC().Format(engine.TimestampForm)
					if _, err := s.exec(ctx, newVersion, f.number, f.name, f.digest, at); err != nil {
						return err
					}
					zerolog.Ctx(ctx).Info().Str("file", f.name).Msg("schema applied")
				}
				out = schemaFiles(applied, Applied)
				return s.oneGate(ctx)
			})
		})
	})
	return out, err
}

// translated are statements of the schema as the engine runs them.
func (w *Warehouse) translated(all []Statement) []Statement {
	if w.ddl == nil {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].SQL = w.ddl(out[i].SQL)
	}
	return out
}

// apply runs statements of the schema. One that changes rows is run behind the gate, as a load and an erasure are: DDL, which
// Snowflake commits by itself, is not.
func (s session) apply(ctx context.Context, all []Statement) error {
	for _, st := range all {
		if !strings.HasPrefix(st.SQL, "UPDATE ") {
			if _, err := s.exec(ctx, st); err != nil {
				return err
			}
			continue
		}
		err := s.transact(ctx, func(s session) (bool, error) {
			err := s.execAll(ctx, []Statement{take, st})
			return err == nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// oneGate leaves the gate one row, where two programs that made it at once left two.
func (s session) oneGate(ctx context.Context) error {
	type row struct {
		Gates int64 `sql:"gates"`
	}
	if n, err := oneOf[row](ctx, s, gatesQuery); err != nil || n.Gates == 1 {
		return err
	}
	return s.transact(ctx, func(s session) (bool, error) {
		if _, err := s.exec(ctx, take); err != nil {
			return false, err
		}
		gate, err := oneOf[gateRow](ctx, s, gateQuery)
		if err != nil {
			return false, err
		}
		if _, err := s.exec(ctx, oneGate[0]); err != nil {
			return false, err
		}
		_, err = s.exec(ctx, oneGate[1], gate.Passed)
		return err == nil, err
	})
}

// checkSchema refuses to read a warehouse whose schema is not this program's.
func (w *Warehouse) checkSchema(ctx context.Context) error {
	return w.with(ctx, func(s session) error {
		applied, err := s.schemaVersions(ctx)
		if err != nil {
			return err
		}
		switch {
		case len(applied) == len(schema):
			return nil
		case len(applied) == 0 && w.embedded:
			return engine.Missing(w.url)
		case len(applied) == 0:
			return fault.New(fault.Usage, nextMigrate, "open %s: %w", w.url, ErrMissing)
		}
		next := nextMigrate
		if w.embedded {
			next = "run load with this program first: it brings the schema up to date"
		}
		return fault.New(fault.Usage, next, "the warehouse's schema is at %d, this program's at %d", len(applied)-1,
			len(schema)-1)
	})
}

const nextMigrate = "run load migrate with this program first, as the schema's owner"

// exists reports whether a schema was ever applied.
func (s session) exists(ctx context.Context) (there bool, err error) {
	err = s.each(ctx, existsQuery, nil, func(_, _ []string, _ []any) error {
		there = true
		return nil
	})
	return there, err
}

// schemaVersions returns the digests of the files that were applied, by number, and refuses what this program does not know.
func (s session) schemaVersions(ctx context.Context) (map[int64]string, error) {
	there, err := s.exists(ctx)
	if err != nil || !there {
		return nil, err
	}
	type row struct {
		Number int64  `sql:"version"`
		Name   string `sql:"name"`
		Digest string `sql:"digest"`
	}
	applied := map[int64]string{}
	err = rowsOf(ctx, s, versionsQuery, nil, func(r *row) error {
		applied[r.Number] = r.Digest
		i := slices.IndexFunc(schema, func(f schemaFile) bool { return f.number == r.Number })
		if i < 0 {
			return fault.New(fault.Usage, "use the program that made it, or a newer one",
				"the warehouse's schema has %s, which this program does not know", r.Name)
		}
		if schema[i].digest != r.Digest {
			return fault.New(fault.Data, "restore the file and add a new one after it, or load into a new warehouse",
				"schema/%s was changed after it was applied to this warehouse", schema[i].name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return applied, nil
}
