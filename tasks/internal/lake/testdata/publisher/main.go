// Command publisher makes one reading of two objects in the zone that its argument names, and is killed on the way where
// COVERS_FAILPOINT says. It is built with the tag failpoints by package lake's tests.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

func main() {
	won, err := run(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(won)
}

func run(ctx context.Context, url string) (bool, error) {
	z, err := lake.Open(ctx, machine.This(), url)
	if err != nil {
		return false, err
	}
	started := time.Now()
	id, err := lake.ParseReadingID("opentable/101/2026-03-27/updated/20260328T000001.000Z-00000000")
	if err != nil {
		return false, err
	}
	a := z.Begin(time.Now)
	m := lake.Reading{
		Version: lake.Version, Reading: id.String(), Source: id.Source, Day: id.Day, By: id.By,
		StartedAt: started, FinishedAt: started,
		Sweeps: 1, Stable: true, Counts: map[string]lake.RawCounts{},
	}
	for _, kind := range []string{"reservation", "customer"} {
		w, err := a.NewObject(kind, lake.ReadingPrefix(id), "bin")
		if err != nil {
			return false, err
		}
		defer w.Abort()
		if _, err := io.WriteString(w, kind); err != nil {
			return false, err
		}
		o, err := w.Commit(ctx, 1, 1)
		if err != nil {
			return false, err
		}
		m.Objects = append(m.Objects, o)
		m.Counts[kind] = lake.RawCounts{Listed: 1, Received: 1}
	}
	won, err := a.Publish(ctx, lake.ManifestKey(id), m)
	if err != nil {
		return false, err
	}
	return won, z.Close()
}
