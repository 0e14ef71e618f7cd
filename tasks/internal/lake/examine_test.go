package lake

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
)

// verdicts returns the findings as "what: verdict", in their order.
func verdicts(found []Finding) (said []string) {
	for _, f := range found {
		said = append(said, f.What+": "+string(f.Verdict))
	}
	return said
}

func examined(t *testing.T, url string) []Finding {
	t.Helper()
	found, err := Examine(t.Context(), machine.This(), url)
	need(t, err)
	return found
}

// TestExamineFolder: a folder of a whole file system has nothing wrong, and is left as it was.
func TestExamineFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "zone")
	need(t, os.Mkdir(dir, 0o750))
	want := []string{"list: right", "write: right", "conditional write: right", "read back: right", "clock: right",
		"delete: right",
		"case of names: right", "readers: right"}
	if got := verdicts(examined(t, "file://"+dir)); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	left, err := os.ReadDir(dir)
	if need(t, err); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestExamineBucket: a real server has nothing wrong, and is left as it was.
func TestExamineBucket(t *testing.T) {
	s := s3Server(t)
	got := verdicts(examined(t, s.Zone("check")))
	want := []string{"list: right", "write: right", "conditional write: right", "read back: right", "clock: right",
		"delete: right"}
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) || slices.ContainsFunc(got, isWrong) {
		t.Errorf("got %v", got)
	}
	if left := keys(t, openZone(t, s.Zone("check")), ""); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func isWrong(said string) bool { return strings.HasSuffix(said, ": wrong") }

// bucket is a store as S3 is one, with faults.
type bucket struct {
	mu       sync.Mutex
	objects  map[string]string
	versions map[string]int // of each key, delete markers included
	fault    string
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, _ := io.ReadAll(r.Body)
	key, query := r.URL.Path, r.URL.Query()
	stored, taken := b.objects[key]
	denied := says(http.StatusForbidden, "AccessDenied", "Access Denied")
	switch {
	case b.fault == "lists nothing":
		denied(w, r)
	case query.Has("list-type"):
		_, _ = io.WriteString(w, "<ListBucketResult></ListBucketResult>")
	case query.Has("versioning"), query.Has("encryption"), query.Has("lifecycle"), query.Has("versions"):
		b.setting(w, r)
	case r.Method == http.MethodPut && b.fault == "no checksums":
		says(http.StatusNotImplemented, "NotImplemented", "Header 'x-amz-checksum-crc32' not implemented")(w, r)
	case r.Method == http.MethodPut && b.fault == "writes nothing":
		denied(w, r)
	case r.Method == http.MethodPut && taken && b.fault != "overwrites":
		says(http.StatusPreconditionFailed, "PreconditionFailed", "")(w, r)
	case r.Method == http.MethodPut:
		b.objects[key] = string(text)
		b.versions[key]++
	case r.Method == http.MethodDelete && b.fault == "deletes nothing":
		denied(w, r)
	case r.Method == http.MethodDelete && query.Has("versionId"):
		if b.versions[key]--; b.fault == "keeps versions" {
			b.versions[key]++
			denied(w, r)
		}
	case r.Method == http.MethodDelete && b.fault == "keeps what is deleted":
	case r.Method == http.MethodDelete:
		if delete(b.objects, key); taken {
			b.versions[key]++
		}
		w.WriteHeader(http.StatusNoContent)
	case !taken || b.fault == "shows nothing":
		says(http.StatusNotFound, "NoSuchKey", "")(w, r)
	default:
		when := time.Now()
		if b.fault == "late clock" {
			when = when.Add(-9 * time.Minute)
		}
		if b.fault == "somewhat late clock" {
			when = when.Add(-2 * time.Minute)
		}
		w.Header().Set("Last-Modified", when.UTC().Format(http.TimeFormat))
		if b.fault == "changes bytes" {
			stored = strings.ToUpper(stored) + "\n"
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(stored)))
		_, _ = io.WriteString(w, stored)
	}
}

// setting answers what a bucket is set to.
func (b *bucket) setting(w http.ResponseWriter, r *http.Request) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	query := r.URL.Query()
	versioned := b.fault == "versions" || b.fault == "keeps versions"
	switch {
	case b.fault == "may not be asked":
		says(http.StatusForbidden, "AccessDenied", "Access Denied")(w, r)
	case b.fault == "knows no settings":
		says(http.StatusNotImplemented, "NotImplemented",
			"A header you provided implies functionality that is not implemented")(w, r)
	case query.Has("versions"):
		var list strings.Builder
		for key, n := range b.versions {
			for i := range n {
				_, name, _ := strings.Cut(strings.TrimPrefix(key, "/"), "/")
				fmt.Fprintf(&list, "<Version><Key>%s</Key><VersionId>v%d</VersionId></Version>", name, i)
			}
		}
		_, _ = io.WriteString(w, head+"<ListVersionsResult>"+list.String()+"</ListVersionsResult>")
	case query.Has("versioning") && versioned:
		_, _ = io.WriteString(w, head+"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
	case query.Has("versioning"):
		_, _ = io.WriteString(w, head+"<VersioningConfiguration/>")
	case query.Has("encryption"):
		_, _ = io.WriteString(w,
			head+"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>"+
				"aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>")
	case b.fault == "archives":
		_, _ = io.WriteString(w, head+"<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled"+
			"</Status><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>")
	case b.fault == "expires":
		_, _ = io.WriteString(w,
			head+"<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>zone/</Prefix></Filter><Status>Enabled"+
				"</Status><Expiration><Days>400</Days></Expiration></Rule></LifecycleConfiguration>")
	default:
		says(http.StatusNotFound, "NoSuchLifecycleConfiguration", "")(w, r)
	}
}

// TestExamineFindsFaults: each fault of a store is found, with what to do; and nothing is left, but where it says so.
func TestExamineFindsFaults(t *testing.T) {
	for name, c := range map[string]struct {
		want, says, next string
		kind             fault.Kind
		left             int
	}{
		"nothing":               {"", "", "", 0, 0},
		"lists nothing":         {"list: wrong", "AccessDenied", "the right to do that", fault.Denied, 0},
		"no checksums":          {"checksums taken: wrong", "501", "when_required", fault.Usage, 0},
		"writes nothing":        {"write: wrong", "AccessDenied", "the right to do that", fault.Denied, 0},
		"overwrites":            {"conditional write: wrong", "If-None-Match", "heeds If-None-Match", fault.Usage, 0},
		"deletes nothing":       {"delete: unknown", "nothing was written", "may delete below _check/", 0, 0},
		"keeps what is deleted": {"delete: wrong", "after it was deleted", "remove _check/probe-", fault.Usage, 1},
		"shows nothing":         {"read back: wrong", "is not there", "as soon as it has taken it", fault.Usage, 0},
		"changes bytes":         {"read back: wrong", "not those that were stored", "leaves bytes as they are", fault.Usage, 0},
		"late clock":            {"clock: wrong", "9m", "set the clock", fault.Usage, 0},
		"somewhat late clock":   {"clock: note", "2m", "set the clock", 0, 0},
		"may not be asked":      {"lifecycle: unknown", "not allowed to ask (s3:GetLifecycleConfiguration)", "", 0, 0},
		"knows no settings":     {"encryption: unknown", "the store does not say", "", 0, 0},
		"archives":              {"lifecycle: wrong", "GLACIER", "exempt the zone", fault.Usage, 0},
		"expires":               {"lifecycle: right", `objects of "zone/" expire after 400 days`, "", 0, 0},
		"versions":              {"old versions: right", "are removed", "", 0, 0},
		"keeps versions":        {"old versions: note", "s3:DeleteObjectVersion", "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bucket{objects: map[string]string{}, versions: map[string]int{}, fault: name}
			server := httptest.NewServer(b)
			defer server.Close()
			need(t, fakeS3(t, says(200, "", "")).Close())
			found := examined(t, s3At(server.URL))
			wrong := slices.DeleteFunc(verdicts(found), func(said string) bool { return !isWrong(said) })
			if isWrong(c.want) != (len(wrong) == 1) || len(wrong) > 1 {
				t.Errorf("wrong are %v", wrong)
			}
			for _, f := range found {
				if f.What+": "+string(f.Verdict) != c.want {
					continue
				}
				if !strings.Contains(f.Says, c.says) || !strings.Contains(f.Next, c.next) || f.Kind != c.kind {
					t.Errorf("found %+v", f)
				}
				c.want = ""
			}
			if c.want != "" {
				t.Errorf("no %q in %v", c.want, verdicts(found))
			}
			if len(b.objects) != c.left {
				t.Errorf("left: %v", b.objects)
			}
			for key, n := range b.versions {
				if name == "versions" && n != 0 {
					t.Errorf("%d versions of %s are left", n, key)
				}
			}
		})
	}
}

// TestWhatAnExaminationLeft: one that was killed leaves an object that tidy knows, and no manifest names.
func TestWhatAnExaminationLeft(t *testing.T) {
	b := &bucket{objects: map[string]string{}, versions: map[string]int{}, fault: "keeps what is deleted"}
	server := httptest.NewServer(b)
	defer server.Close()
	need(t, fakeS3(t, says(200, "", "")).Close())
	examined(t, s3At(server.URL))
	z := fileZone(t)
	for path := range b.objects {
		key := strings.TrimPrefix(path, "/bucket/zone/")
		need(t, z.Create(t.Context(), key, strings.NewReader("x")))
	}
	var orphans []string
	for e, err := range Orphans(context.Background(), z, time.Now().Add(time.Hour)) {
		need(t, err)
		orphans = append(orphans, e.Key)
	}
	if len(orphans) != 1 || !strings.HasPrefix(orphans[0], "_check/") {
		t.Errorf("orphans %v", orphans)
	}
}
