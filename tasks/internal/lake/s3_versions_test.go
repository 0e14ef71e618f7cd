package lake

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake/laketest"
)

// In a bucket with versions a deleted object's old ones still hold what it held; purged, nothing does, and no other object is
// touched.
func TestPurgeEndsVersions(t *testing.T) {
	s := laketest.StartVersioned(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.Key)
	z := openZone(t, s.Zone("zone"))
	versions := func() (n int) {
		t.Helper()
		out, err := s.Client().ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &s.Bucket})
		need(t, err)
		return len(out.Versions) + len(out.DeleteMarkers)
	}
	key := "2026-03-28/customer-" + strings.Repeat("ab", 32) + ".parquet"
	other := "2026-03-28/customer-" + strings.Repeat("ab", 32) + ".parquet2"
	for _, k := range []string{key, other} {
		need(t, z.Create(t.Context(), k, strings.NewReader("tokens")))
	}
	need(t, z.store.Replace(t.Context(), key, strings.NewReader("tokens again")))
	need(t, z.Delete(t.Context(), key))
	if n := versions(); n < 4 { // two, the marker, and the other object
		t.Fatalf("%d versions: the test tests nothing", n)
	}
	for range 2 {
		kept, err := z.Purge(t.Context(), key)
		need(t, err)
		if n := versions(); kept || n > 2 { // deleting once more may leave a marker, which holds nothing
			t.Errorf("%d versions are left, kept %t", n, kept)
		}
	}
	if _, err := z.Stat(t.Context(), other); err != nil {
		t.Error(err)
	}
	if _, err := z.Purge(t.Context(), "2026-03-28/manifest.json"); fault.KindOf(err) != fault.Defect {
		t.Errorf("what is no data object: %v", err)
	}
}

// Who may not look at versions deletes the object, and says that they are kept.
func TestPurgeWithoutTheRight(t *testing.T) {
	var asked atomic.Int64
	z := through(t, s3Server(t), "denied", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !r.URL.Query().Has("versions") {
			return false
		}
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	key := "2026-03-28/customer-" + strings.Repeat("ab", 32) + ".parquet"
	need(t, z.Create(t.Context(), key, strings.NewReader("tokens")))
	kept, err := z.Purge(t.Context(), key)
	if err != nil || !kept || asked.Load() == 0 {
		t.Errorf("kept %t, %v", kept, err)
	}
	if _, err := z.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
