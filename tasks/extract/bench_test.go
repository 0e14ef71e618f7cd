//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
	"covers/tasks/internal/opentable"
	"covers/tasks/internal/reading"
	"covers/tasks/internal/reservation"
	"covers/tasks/internal/source"
	"covers/tasks/internal/thefork"
)

const day = "2026-03-27"

// The promise: an extraction stays under so many MiB, and with more records than 100,000 under so many times what it takes for
// these.
const (
	maxResident = 96
	maxGrowth   = 1.2
)

// perSecond is how many requests restaurants.yaml lets a credential make in a second.
const perSecond = 10

// extraction is what is read: a source, and how many records of it.
type extraction struct {
	source  string
	records int
}

// BenchmarkExtract runs the built program as a process of its own against a server in this one, both sweeps included, and
// reports what that process took: records a second, its own CPU time a record, and its greatest resident memory. A bare client,
// a process too, then asks the same server for the same addresses and throws the answers away: what extract takes beyond
// that, as a share of its CPU time and of its time by the clock, is own-of-cpu and own-of-time. Both servers and clients are
// then as fast as they can be; own-of-turn is what extract takes beyond that for a request, as a share of the tenth of a second
// that restaurants.yaml gives each (requests_per_second: 10).
//
// With FULL=1 in the environment it also reads 10,000,000 records of OpenTable, which takes some minutes.
//
//	go test -run '^$' -bench Extract -benchtime 1x ./tasks/extract
func BenchmarkExtract(b *testing.B) {
	program := filepath.Join(b.TempDir(), "extract")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	sizes := []extraction{
		{"opentable/101", 10_000}, {"opentable/101", 100_000}, {"opentable/101", 1_000_000},
		{"thefork/101", 10_000}, {"thefork/101", 100_000}, {"thefork/101", 1_000_000},
	}
	if os.Getenv("FULL") == "1" {
		sizes = append(sizes, extraction{"opentable/101", 10_000_000})
	}
	residents := map[extraction]float64{}
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%s/%d", strings.Split(size.source, "/")[0], size.records), func(b *testing.B) {
			asked := &listed{next: endless{size.records}}
			server := httptest.NewServer(asked)
			defer server.Close()
			var cpu, wall, resident, bareCPU, bareWall float64
			for b.Loop() {
				asked.addresses = nil
				run := exec.Command(program, "--source", size.source, "--day", day, "--by", "updated",
					"--raw", "file://"+b.TempDir(),
					"--restaurants", "../../restaurants.yaml", "--requests-per-second", "1000000", "--log-level", "error",
					"--opentable-url", server.URL, "--opentable-auth-url", server.URL,
					"--thefork-url", server.URL+thefork.BasePath, "--thefork-auth-url", server.URL)
				run.Env = append(os.Environ(), "COVERS_OPENTABLE_CLIENT_ID=id", "COVERS_OPENTABLE_CLIENT_SECRET=secret",
					"COVERS_THEFORK_CLIENT_ID=id", "COVERS_THEFORK_CLIENT_SECRET=secret")
				run.Stderr = os.Stderr
				line, err := run.Output()
				if err != nil {
					b.Fatal(err)
				}
				var result struct {
					Counts    map[string]map[string]int64
					Durations map[string]float64
				}
				if err := json.Unmarshal(line, &result); err != nil {
					b.Fatal(err)
				}
				if n := result.Counts["reservation"]["received"]; n != int64(size.records) {
					b.Fatalf("%d records", n)
				}
				usage := run.ProcessState.SysUsage().(*syscall.Rusage)
				resident = max(resident, peak(usage))
				cpu += run.ProcessState.UserTime().Seconds() + run.ProcessState.SystemTime().Seconds()
				wall += result.Durations["total"]
				atOnce := 1 // pages come one after the other
				if strings.HasPrefix(size.source, "thefork") {
					atOnce = 8 // extract's own number in flight
				}
				c, w := bareReading(b, asked.addresses, atOnce)
				bareCPU, bareWall = bareCPU+c, bareWall+w
			}
			n := float64(size.records) * float64(b.N)
			b.ReportMetric(n/wall, "records/s")
			b.ReportMetric(cpu/n*1e6, "cpu-µs/record")
			b.ReportMetric(resident, "MiB-resident")
			b.ReportMetric(bareCPU/n*1e6, "bare-cpu-µs/record")
			b.ReportMetric(1-bareCPU/cpu, "own-of-cpu")
			b.ReportMetric(1-bareWall/wall, "own-of-time")
			requests := float64(len(asked.addresses)) * float64(b.N)
			b.ReportMetric((wall-bareWall)/requests*perSecond, "own-of-turn")
			b.ReportMetric(0, "ns/op")
			if resident > maxResident {
				b.Errorf("%.0f MiB resident, more than %d", resident, maxResident)
			}
			residents[size] = resident
			less, known := residents[extraction{size.source, 100_000}]
			if known && resident > maxGrowth*less {
				b.Errorf("%.0f MiB resident, more than %.1f times the %.0f for 100,000 records", resident, maxGrowth, less)
			}
		})
	}
}

// peak is the greatest resident memory in MiB; the system gives kilobytes on Linux, bytes on macOS.
func peak(u *syscall.Rusage) float64 {
	if runtime.GOOS == "darwin" {
		return float64(u.Maxrss) / (1 << 20)
	}
	return float64(u.Maxrss) / (1 << 10)
}

// endless serves so many records of either platform, made when they are asked for. They have the size of real ones.
type endless struct{ records int }

var filler = strings.Repeat(`,"venue_notes":"Table by the window, if there is one.","server":null,"table_category":"outdoor"`, 13)

func writeRecord(w *bytes.Buffer, i int) {
	w.WriteString(`{"id":"1001-`)
	w.WriteString(strconv.Itoa(i))
	w.WriteString(`","reservationUuid":"`)
	w.WriteString(uuid(i))
	w.WriteString(`","sequence_id":`)
	w.WriteString(strconv.Itoa(i))
	w.WriteString(filler)
	w.WriteByte('}')
}

func uuid(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

func (e endless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := bufio.NewWriterSize(w, 64<<10)
	defer out.Flush()
	q := r.URL.Query()
	number := func(name string) int { n, _ := strconv.Atoi(q.Get(name)); return n }
	var body bytes.Buffer
	switch path := strings.TrimPrefix(r.URL.Path, thefork.BasePath); {
	case strings.HasSuffix(path, "/oauth/token"):
		body.WriteString(`{"access_token":"t","token_type":"Bearer","expires_in":86400}`)
	case path == opentable.GuestsPath:
		body.WriteString(`{"hasNextPage":false,"nextPageUrl":null,"offset":0,"limit":1000,"items":[]}`)
	case path == opentable.ReservationsPath:
		from := number("offset")
		to := min(from+number("limit"), e.records)
		fmt.Fprintf(&body, `{"hasNextPage":%t,"nextPageUrl":null,"offset":%d,"limit":%d,"items":[`, to < e.records, from,
			number("limit"))
		for i := from; i < to; i++ {
			if i > from {
				body.WriteByte(',')
			}
			writeRecord(&body, i)
		}
		body.WriteString(`]}`)
	case path == thefork.ReservationsPath:
		from := (number("page") - 1) * number("limit")
		to := min(from+number("limit"), e.records)
		ids := []string{}
		for i := from; i < to; i++ {
			ids = append(ids, uuid(i))
		}
		data, _ := json.Marshal(ids)
		fmt.Fprintf(&body, `{"data":%s,"totalCount":%d,"page":%d,"limit":%d}`, data, e.records, number("page"), number("limit"))
	default:
		i, _ := strconv.Atoi(path[len(path)-12:])
		writeRecord(&body, i)
	}
	_, _ = out.Write(body.Bytes())
}

// The records of the benchmark are records.
func TestTheBenchmarksServerIsRead(t *testing.T) {
	for _, src := range []string{"opentable/101", "thefork/101"} {
		server := httptest.NewServer(endless{1234})
		defer server.Close()
		registry, err := source.Load("../../restaurants.yaml")
		if err != nil {
			t.Fatal(err)
		}
		s, err := registry.Source(src)
		if err != nil {
			t.Fatal(err)
		}
		s.Access.APIURL, s.Access.AuthURL, s.Access.RequestsPerSecond = server.URL, server.URL, 0
		if s.Platform == reservation.TheFork {
			s.Access.APIURL += thefork.BasePath
		}
		raw, err := lake.Open(t.Context(), machine.This(), "file://"+t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		out, err := reading.Run(t.Context(),
			reading.Options{
				Machine: machine.This(), Source: s, Day: day, By: lake.ByUpdated, Raw: raw, MaxSweeps: 2, InFlight: 4,
				Program: "test",
			})
		if err != nil || out.Reading.Counts[reservation.KindReservation].Received != 1234 {
			t.Errorf("%s: %+v, %v", src, out.Reading.Counts, err)
		}
	}
}
