package lake

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"covers/tasks/internal/fault"
)

const smallDiskVar = "COVERS_TEST_SMALL_DISK"

// A real disk of 256 KiB, mounted in a namespace of its own, which needs no rights where the kernel lets users have
// namespaces. Where it does not, TestFullDisk stands alone.
func TestSmallDisk(t *testing.T) {
	if dir := os.Getenv(smallDiskVar); dir != "" {
		onSmallDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSmallDisk$", "-test.count=1", "-test.v")
	cmd.Env = append(os.Environ(), smallDiskVar+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) ||
		bytes.Contains(out, []byte(noMount)) {
		t.Logf("this kernel gives no namespaces: %v", err)
		return
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestSmallDisk")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

const noMount = "this namespace may not mount"

func onSmallDisk(t *testing.T, dir string) {
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatalf("%s: %v", noMount, err)
	}
	ownTemp(t)
	z := openZone(t, "file://"+filepath.Join(dir, "zone"))
	for _, name := range []string{"unnamed", "named"} {
		if name == "named" {
			withoutUnnamed(z)
		}
		// Gathering an object.
		w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
		need(t, err)
		_, err = io.Copy(w, bytes.NewReader(content(1<<20)))
		wantFault(t, err, fault.Temporary, z.URL(), "no space left", "free space")
		_, err = w.Commit(t.Context(), 1, 1)
		wantFault(t, err, fault.Temporary, "no space left")
		// Storing something.
		err = z.Create(t.Context(), name+"/large", bytes.NewReader(content(1<<20)))
		wantFault(t, err, fault.Temporary, "create "+z.URL()+"/"+name+"/large", "no space left", "free space")
		if got := append(keys(t, z, name), leftovers(t, z)...); len(got) > 0 {
			t.Errorf("left: %v", got)
		}
		// The space is free again.
		need(t, z.Create(t.Context(), name+"/small", bytes.NewReader(content(50<<10))))
		if got := keys(t, z, name); !slices.Equal(got, []string{name + "/small"}) {
			t.Errorf("the zone holds %v", got)
		}
	}
}

// /dev/full is the kernel's own full disk: every write fails with ENOSPC. TestSmallDisk fills a real one.
func TestFullDisk(t *testing.T) {
	zones(t, func(t *testing.T, open func(*testing.T) *Zone) {
		ownTemp(t)
		fullDisk(t, open(t))
	})
}

func fullDisk(t *testing.T, z *Zone) {
	w, err := z.Begin(time.Now).NewObject("reservation", "a/", "bin")
	need(t, err)
	disk, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	need(t, err)
	need(t, w.spool.Close())
	w.spool.File = disk
	_, err = w.Write(content(100))
	wantFault(t, err, fault.Temporary, z.URL()+"/a", "free space")
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("want ENOSPC, got %v", err)
	}
	_, err = w.Commit(t.Context(), 1, 1)
	wantFault(t, err, fault.Temporary, "free space")
	if got := append(keys(t, z, ""), leftovers(t, z)...); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}
