package mockapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/simulator"
	"covers/tasks/internal/source"
)

// locked is a log that several goroutines write.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// serving runs Run until it is stopped and returns its URL, a way to stop it, what it returned, and its log.
func serving(t *testing.T, w *world) (url, urlFile string, stop context.CancelFunc, ended <-chan error, log *locked) {
	t.Helper()
	log = &locked{}
	ctx, cancel := context.WithCancel(zerolog.New(log).Level(zerolog.DebugLevel).WithContext(context.Background()))
	t.Cleanup(cancel)
	file := filepath.Join(t.TempDir(), "url")
	o := Options{Listen: "127.0.0.1:0", Data: w.zone, Registry: registry(t), URLFile: file, Machine: machine.This()}
	o.Settings.OpenTable.Credential, o.Settings.OpenTable.TokenLife = Credential{"ot", "ot-secret"}, time.Hour
	done := make(chan error, 1)
	go func() {
		_, err := Run(ctx, o)
		done <- err
	}()
	for {
		text, err := os.ReadFile(file)
		if err == nil { // the file appears with all that is in it
			return strings.TrimSuffix(string(text), "\n"), file, cancel, done, log
		}
		select {
		case err := <-done:
			t.Fatalf("it did not serve: %v", err)
		default:
			runtime.Gosched()
		}
	}
}

// huge is a size of record of which no socket's buffer takes a page.
const huge = 100_000

// guestsDay publishes 200 guests of a size each, and returns the bytes of all of them.
func guestsDay(w *world, size int) (total int) {
	var lines []simulator.Line
	for i := range 200 {
		id := fmt.Sprintf("1001-%s", uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, i)))
		l := simulator.Line{ID: id, UpdatedAt: start, SequenceID: int64(i),
			Record: fmt.Appendf(nil, `{"id":%q,"notes":%q}`, id, strings.Repeat("x", size))}
		total += len(l.Record)
		lines = append(lines, l)
	}
	w.publish(reservation.OpenTable, 101, "2026-03-28", map[string][]simulator.Line{reservation.KindCustomer: lines})
	return total
}

func TestDrainEndsWhatHasBegun(t *testing.T) {
	w := testWorld(t)
	total := guestsDay(w, huge)
	base, file, stop, ended, log := serving(t, w)

	req, err := http.NewRequest(http.MethodGet, base+opentable.TokenPath+"?grant_type=client_credentials", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ot", "ot-secret")
	_, body := w.do(req)
	var token opentable.TokenReply
	if err := json.Unmarshal(body, &token); err != nil {
		t.Fatal(err)
	}
	req, err = http.NewRequest(http.MethodGet, base+"/sync/v2/guests?rid=1001", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	first := make([]byte, 1000)
	if _, err := io.ReadFull(res.Body, first); err != nil {
		t.Fatal(err)
	}
	stop() // the body is on its way
	rest, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("a reply that had begun was cut off: %v", err)
	}
	var page opentable.Page
	if err := json.Unmarshal(slices.Concat(first, rest), &page); err != nil || len(page.Items) != 200 ||
		len(first)+len(rest) < total {
		t.Errorf("%d items, %d bytes: %v", len(page.Items), len(rest), err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := http.Get(base + "/healthz"); err == nil {
		t.Error("it still answers")
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file with its URL is still there")
	}
	for _, want := range []string{`"message":"draining"`, `"route":"/sync/v2/guests","status":200`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log)
		}
	}
	for _, secret := range []string{token.AccessToken, "ot-secret", "xxxx"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

// A client that does not read its answer to the end does not hold the server up.
func TestDrainCutsOffWhatTakesTooLong(t *testing.T) {
	w := testWorld(t)
	guestsDay(w, huge)
	base, _, stop, ended, log := serving(t, w)
	req, err := http.NewRequest(http.MethodGet, base+opentable.TokenPath+"?grant_type=client_credentials", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("ot", "ot-secret")
	_, body := w.do(req)
	var token opentable.TokenReply
	if err := json.Unmarshal(body, &token); err != nil {
		t.Fatal(err)
	}
	req, err = http.NewRequest(http.MethodGet, base+"/sync/v2/guests?rid=1001", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stop() // and nobody reads on
	if err := <-ended; !errors.Is(err, context.Canceled) || !strings.Contains(log.String(), "requests cut off") {
		t.Errorf("it ended with %v", err)
	}
}

func TestItDoesNotServeWhatItCannotRead(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	w := testWorld(t)
	damaged := testWorld(t)
	guestsDay(damaged, 10)
	key := simulator.ID{Platform: reservation.OpenTable, Restaurant: 101, Day: "2026-03-28"}.Folder() +
		simulator.FileOf(reservation.KindCustomer)
	if err := damaged.zone.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	good := Options{Listen: "127.0.0.1:0", Data: w.zone, Registry: registry(t), Machine: machine.This()}
	other := *registry(t)
	other.Sources = append(slices.Clone(other.Sources), source.Source{ID: "nobody's/1", Platform: "nobody's"})
	for name, c := range map[string]struct {
		spoil func(o *Options)
		kind  fault.Kind
	}{
		"a port that is taken":  {func(o *Options) { o.Listen = taken.Addr().String() }, fault.Usage},
		"no folder for the URL": {func(o *Options) { o.URLFile = filepath.Join(t.TempDir(), "none", "url") }, fault.Usage},
		"a damaged day":         {func(o *Options) { o.Data = damaged.zone }, fault.Data},
		"an unknown platform":   {func(o *Options) { o.Registry = &other }, fault.Defect},
	} {
		o := good
		c.spoil(&o)
		if _, err := Run(t.Context(), o); fault.KindOf(err) != c.kind {
			t.Errorf("%s: want kind %d, got %v", name, c.kind, err)
		}
	}
}

func TestADamagedDayIsNotServed(t *testing.T) {
	w := testWorld(t).serve(Settings{})
	id := simulator.ID{Platform: reservation.OpenTable, Restaurant: 101, Day: "2026-03-28"}
	if err := w.zone.Create(t.Context(), id.Folder()+simulator.ManifestFile, strings.NewReader("{")); err != nil {
		t.Fatal(err)
	}
	if res, body := w.get(reservation.OpenTable, "/sync/v2/guests?rid=1001"); res.StatusCode != 503 ||
		!strings.Contains(string(body), `"status":503`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	id.Platform = reservation.TheFork
	if err := w.zone.Create(t.Context(), id.Folder()+simulator.ManifestFile, strings.NewReader("{")); err != nil {
		t.Fatal(err)
	}
	res, body := w.get(reservation.TheFork,
		"/manager/v1/reservations?startDate=2026-03-28&endDate=2026-03-28&restaurantUuid="+london)
	if res.StatusCode != 503 || !strings.Contains(string(body), `"statusCode":503`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	// The next sweep begins when the day is mended.
	if err := w.zone.Delete(t.Context(), id.Folder()+simulator.ManifestFile); err != nil {
		t.Fatal(err)
	}
	if res, _ := w.get(reservation.TheFork,
		"/manager/v1/reservations?startDate=2026-03-28&endDate=2026-03-28&restaurantUuid="+london); res.StatusCode != 200 {
		t.Errorf("after it was mended: %d", res.StatusCode)
	}
}

func TestMetricsAndHealth(t *testing.T) {
	w := testWorld(t)
	guestsDay(w, 10)
	w.serve(Settings{})
	w.get(reservation.OpenTable, "/sync/v2/guests?rid=1001&limit=1")
	w.get(reservation.OpenTable, "/sync/v2/guests?rid=2002")
	_, body := w.get("", "/metrics")
	for _, want := range []string{
		`covers_mockapi_replies_total{route="GET /sync/v2/guests",status="200"} 1`,
		`covers_mockapi_replies_total{route="GET /sync/v2/guests",status="401"} 1`,
		`covers_mockapi_records{platform="opentable",kind="customer",restaurants="101"} 200`,
		`covers_mockapi_records{platform="thefork",kind="customer",restaurants="101,102,103"} 0`,
	} {
		if !strings.Contains(string(body), want+"\n") {
			t.Errorf("no line %s in:\n%s", want, body)
		}
	}
	if res, body := w.get("", "/healthz"); res.StatusCode != 200 || string(body) != "ok\n" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestManyAtOnce(t *testing.T) {
	w := testWorld(t)
	guestsDay(w, 10)
	w.serve(Settings{})
	var all opentable.Page
	w.must(reservation.OpenTable, "/sync/v2/guests?rid=1001", &all)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for i := n; i < len(all.Items); i += 8 {
				var head struct{ ID string }
				if err := json.Unmarshal(all.Items[i], &head); err != nil {
					t.Error(err)
				}
				if _, body := w.get(reservation.OpenTable, "/sync/v2/guests/"+head.ID); !bytes.Equal(body, all.Items[i]) {
					t.Errorf("%s is another alone than in the list", head.ID)
				}
				w.get(reservation.OpenTable, "/sync/v2/guests?rid=1001&limit=3")
			}
		})
	}
	group.Wait()
}

// BenchmarkRecord measures a single record, client and network included.
func BenchmarkRecord(b *testing.B) {
	w := newWorld(b)
	id := someID
	w.publish(reservation.OpenTable, 101, "2026-03-28", map[string][]simulator.Line{reservation.KindReservation: {
		{ID: id, UpdatedAt: start, ScheduledLocal: "2026-03-28T19:30:00",
			Record: []byte(`{"x":"` + strings.Repeat("x", 1300) + `"}`)},
	}})
	w.serve(Settings{})
	defer w.close()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w.get(reservation.OpenTable, "/sync/v2/reservations/"+id)
		}
	})
}
