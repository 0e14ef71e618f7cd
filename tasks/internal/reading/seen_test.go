package reading

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/lake"
	"covers/tasks/internal/machine"
)

func seenOf(t tb, most int) *seen {
	t.Helper()
	raw, err := lake.Open(t.Context(), machine.This(), fmt.Sprintf("mem://seen-%d", zones.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	s := newSeen(most, func() (*lake.Scratch, error) { return raw.NewScratch(t.Context()) })
	t.Cleanup(s.drop)
	return s
}

// The set is what a map is, wherever its keys are.
func TestSeenIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := seenOf(t, rapid.IntRange(1, 5).Draw(t, "in memory")), map[key]bool{}
		different := rapid.IntRange(1, 40).Draw(t, "different keys")
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			k := keyOf(fmt.Append(nil, rapid.IntRange(1, different).Draw(t, "key")))
			if want[k] && rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				if err := s.remove(k); err != nil {
					t.Fatal(err)
				}
				delete(want, k)
				continue
			}
			isNew, err := s.add(k)
			if err != nil || isNew == want[k] {
				t.Fatalf("%x is new: %v, %v", k, isNew, err)
			}
			want[k] = true
			if s.n != int64(len(want)) || len(s.recent) > s.most {
				t.Fatalf("%d keys, %d of them in memory, want %d and at most %d", s.n, len(s.recent), len(want), s.most)
			}
		}
	})
}

// The same with a file that is longer than what is read of it at once, and keys whose beginnings are alike.
func TestSeenIsASetOfMany(t *testing.T) {
	for name, keys := range map[string]struct {
		of func(i int) key
		n  int
	}{
		"hashes": {of: func(i int) key { return keyOf(fmt.Append(nil, i)) }, n: 5 * chunk},
		// Each is looked for among all, so that twice as many take four times as long: as few as need two chunks.
		"same beginnings": {of: func(i int) key { return key{0xff, 0xff, byte(i), byte(i >> 8), 15: 1} }, n: 3 * chunk / 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := keys.n
			s := seenOf(t, chunk/2-1)
			for round, isNewAgain := range []bool{true, false} {
				for i := range n {
					if isNew, err := s.add(keys.of(i)); err != nil || isNew != (isNewAgain || i%3 == 0) {
						t.Fatalf("round %d: %d is new: %v, %v", round, i, isNew, err)
					}
				}
				for i := 0; i < n; i += 3 {
					if err := s.remove(keys.of(i)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if s.n != int64(n-(n+2)/3) {
				t.Errorf("%d keys", s.n)
			}
		})
	}
}

// A disk that fails is an error of whatever needs it, and no answer.
func TestSeenFails(t *testing.T) {
	s := seenOf(t, 1)
	for i := range 2 {
		if isNew, err := s.add(key{byte(i + 1)}); err != nil || !isNew {
			t.Fatal(isNew, err)
		}
	}
	if err := s.remove(key{7}); fault.KindOf(err) != fault.Defect {
		t.Errorf("to remove what is not there: %v", err)
	}
	if err := s.older.file.Drop(); err != nil {
		t.Fatal(err)
	}
	if isNew, err := s.add(key{1}); isNew || !errors.Is(err, os.ErrClosed) {
		t.Errorf("to find: %v, %v", isNew, err)
	}
	if err := s.remove(key{1}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("to remove: %v", err)
	}
	if isNew, err := s.add(key{9}); isNew || !errors.Is(err, os.ErrClosed) {
		t.Errorf("to add: %v, %v", isNew, err)
	}
	failing := newSeen(1, func() (*lake.Scratch, error) { return nil, os.ErrPermission })
	for i, want := range []error{nil, os.ErrPermission} {
		if _, err := failing.add(key{byte(i + 1)}); !errors.Is(err, want) {
			t.Errorf("without a file: %v", err)
		}
	}
}
