//go:build cgo

package warehouse

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"covers/tasks/internal/machine"
	"covers/tasks/internal/reservation"
	wt "covers/tasks/internal/warehouse/warehousetest"
)

// tokenOf is as random as a token, so that no compression hides it.
func tokenOf(id string) string { return fmt.Sprintf("k1:%.16x", sha256.Sum256([]byte(id))) }

// What was erased is in the file until that is made anew, and then in no byte of it. Everything else is as it was, for the same
// people, and nothing lies beside it.
func TestCompact(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "covers.duckdb")
	url := "duckdb://" + path
	zone := newZone(t)
	r := reading("2026-03-27", 1)
	for i := range 200 {
		id := "guest" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		c := wt.Guest(id, 1)
		c.EmailToken = wt.Text(tokenOf(id))
		r.Customers = append(r.Customers, c)
		r.Reservations = append(r.Reservations, wt.Booking(i, 1, id))
	}
	wt.Publish(t, zone, 1, r)
	w := openAt(t, url, nil)
	mustLoad(t, w, options(zone))
	wt.Check(t, w.Close()) // which writes it into the file
	w = openAt(t, url, nil)
	_, err := w.Forget(t.Context(), []Subject{{reservation.OpenTable, "guestaa"}}, "receipt", time.Now())
	wt.Check(t, err)
	before, err := w.ContentHashes(t.Context())
	wt.Check(t, err)
	wt.Check(t, w.Close())
	wt.Check(t, os.Chmod(path, 0o640))
	erased, other := tokenOf("guestaa"), tokenOf("guestab")
	text, err := os.ReadFile(path)
	wt.Check(t, err)
	if !bytes.Contains(text, []byte(erased)) || !bytes.Contains(text, []byte(other)) {
		t.Fatal("the file does not hold the tokens: the test tests nothing")
	}
	for range 2 {
		out, err := Compact(t.Context(), machine.This(), url)
		wt.Check(t, err)
		if !out.File || out.Before == 0 || out.After == 0 || len(out.Kept) > 0 {
			t.Errorf("%+v", out)
		}
		text, err = os.ReadFile(path)
		wt.Check(t, err)
		if bytes.Contains(text, []byte(erased)) || !bytes.Contains(text, []byte(other)) {
			t.Error("the erased guest's token is there, or the other's is not")
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(folder)
	wt.Check(t, err)
	if len(entries) != 1 {
		t.Errorf("beside it lie %v", entries)
	}
	again := openAt(t, url, nil)
	after, err := again.ContentHashes(t.Context())
	wt.Check(t, err)
	for table, sum := range before {
		if after[table] != sum {
			t.Errorf("%s is another", table)
		}
	}
	// It is a warehouse like any other: more is loaded into it.
	late := reading("2026-03-28", 2)
	late.Customers = []reservation.Customer{wt.Guest("guestaa", 2)}
	wt.Publish(t, zone, 1, late)
	mustLoad(t, again, options(zone))
	got := ask(t, again, "SELECT DISTINCT email_token FROM customer_observations WHERE customer_id = 'guestaa'")
	if !slices.Equal(got, []string{""}) {
		t.Errorf("%q", got)
	}
}

// What a rebuild has kept is named: no erasure reaches it.
func TestCompactNamesWhatIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "covers.duckdb")
	w := openAt(t, "duckdb://"+path, nil)
	wt.Check(t, w.Close())
	wt.Check(t, os.WriteFile(path+".before-20260330T040000Z", nil, 0o600))
	out, err := Compact(t.Context(), machine.This(), "duckdb://"+path)
	wt.Check(t, err)
	if !slices.Equal(out.Kept, []string{"covers.duckdb.before-20260330T040000Z"}) {
		t.Errorf("%+v", out)
	}
	for _, url := range []string{"duckdb://memory", "snowflake://u@a/d/s"} {
		if out, err := Compact(t.Context(), machine.This(), url); err != nil || out.File {
			t.Errorf("%s: %+v %v", url, out, err)
		}
	}
}
