package parquetrows

import (
	"cmp"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"covers/tasks/internal/fault"
)

// group gathers the rows of a row group, column by column.
type group struct {
	columns []buffer
	rows    int
}

// atATime is how many rows are taken apart at a time: they are near, in the processor's cache, when the next column is read. What
// a group takes in memory is looked at as often.
const atATime = 256

func newGroup(l *layout) *group {
	g := &group{columns: make([]buffer, len(l.columns))}
	for i, c := range l.columns {
		g.columns[i].column = c
	}
	g.reset()
	return g
}

func (g *group) reset() {
	g.rows = 0
	for i := range g.columns {
		g.columns[i].reset()
	}
}

// take takes rows as far as the group's next look at itself, and returns how many.
func (g *group) take(rows rowsOf) int {
	rows.n = min(rows.n, atATime-g.rows%atATime)
	for i := range g.columns {
		g.columns[i].fill(rows)
	}
	g.rows += rows.n
	return rows.n
}

// full says whether the group is as large as one may be. It depends on the rows alone, not on how they were handed over.
func (g *group) full() bool {
	if g.rows%atATime != 0 {
		return false
	}
	size := 0
	for i := range g.columns {
		size += g.columns[i].size()
	}
	return g.rows >= groupRows || size > groupBytes
}

// mostEncoders bounds how many goroutines encode columns: each has some MiB of tables.
const mostEncoders = 4

// writeTo writes the rows as a row group of a file. Columns are encoded on as many cores as the program may use, each written
// when its turn comes: the bytes do not depend on how many there are, and no more pages are held than are being made.
func (g *group) writeTo(f *file) error {
	f.beginGroup(g.rows)
	turns := make([]chan struct{}, len(g.columns)+1)
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	close(turns[0])
	var next atomic.Int64
	var work errgroup.Group
	for range min(runtime.GOMAXPROCS(0), mostEncoders) {
		work.Go(func() (failed error) {
			e := encoders.Get().(*encoder)
			defer encoders.Put(e)
			for i := next.Add(1) - 1; i < int64(len(g.columns)); i = next.Add(1) - 1 {
				err := fault.Guard(func() error { return e.encode(&g.columns[i]) })
				<-turns[i]
				if err == nil && failed == nil {
					err = f.chunk(&e.chunk)
				}
				close(turns[i+1]) // after a failure too: others wait for it
				failed = cmp.Or(failed, err)
			}
			return failed
		})
	}
	return work.Wait()
}
