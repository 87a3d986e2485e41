package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// A member of a .npz file that tests make.
type member struct {
	name   string
	method uint16
	b      []byte
}

func archived(t testing.TB, members ...member) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
		require.NoError(t, err)
		_, err = w.Write(m.b)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func write(t testing.TB, name string, b []byte) (file string) {
	file = filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, b, 0o644))
	return file
}

// recordingNpy is activity of 2 times, 4 conditions and 3 units.
func recordingNpy() []byte {
	return withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4, 3), }", float64s(arange(24)...))
}

// Of arrays of one name the last is read, as numpy.load does, and said so.
func TestNameTwice(t *testing.T) {
	d, err := Load("testdata/twice.npz")
	require.NoError(t, err)
	require.Equal(t, 46.0, d.Activity.Float64s()[23], "the second")
	require.Len(t, d.Variables, 1)
	require.Equal(t, []int{0, 0, 1, 1}, d.Variables[0].Class)
	require.Equal(t, []string{
		`Array "activity" is in the file twice: the last is read, as numpy does.`,
		`Array "side" is in the file twice: the last is read, as numpy does.`,
	}, d.Card.Notes)
	as, err := ReadArrays("testdata/twice.npz")
	require.NoError(t, err)
	require.Len(t, as, 2)
	require.Equal(t, []float64{0, 0, 1, 1}, as[1].Values)
	// numpy takes .npy from the names.
	as, err = readBytes(archived(t, member{name: "a.npy", b: recordingNpy()}, member{name: "a", b: withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': ()}", float64s(7))}))
	require.NoError(t, err)
	require.Len(t, as, 1)
	require.Equal(t, []float64{7}, as[0].Values)
}

// What nobody asked for may be compressed in a way that is not read, or damaged.
func TestOtherMembers(t *testing.T) {
	d, err := Load("testdata/bzip2.npz")
	require.NoError(t, err)
	require.Equal(t, []string{`Array "raw" was passed over: is compressed by method 12 of zip, which is not read: save it with numpy.savez or numpy.savez_compressed.`}, d.Card.Notes)
	_, err = Load("testdata/bzip2.npz:raw")
	require.EqualError(t, err, `data: testdata/bzip2.npz: array "raw": is compressed by method 12 of zip, which is not read: save it with numpy.savez or numpy.savez_compressed`)

	file := write(t, "a.npz", archived(t, member{name: "folder/"}, member{name: ".npy", b: recordingNpy()}, member{name: "README", b: []byte("read me")}))
	_, err = Load(file)
	require.ErrorContains(t, err, `no array "activity" in the file, which has "" [2 4 3]; choose one as `+file+":KEY")
	d, err = Load(file + ":")
	require.NoError(t, err)
	require.Equal(t, []string{`Array "README" was passed over: is not in numpy's format: save it with numpy.save or numpy.savez.`}, d.Card.Notes)
	_, err = Load(write(t, "none.npz", archived(t)))
	require.ErrorContains(t, err, `no array "activity" in the file, nor another that can be read`)

	// A bit that fell over in the activity is found by its checksum; one in an array
	// that is not read is not.
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		movie := withHeader(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 5), }", make([]byte, 200))
		whole := archived(t, member{"activity.npy", method, recordingNpy()}, member{"movie.npy", zip.Store, movie})
		bad := bytes.Clone(whole)
		bad[bytes.Index(bad, []byte("movie.npy"))-40] ^= 4 // before its local header
		_, err = Load(write(t, "bad.npz", bad))
		require.ErrorContains(t, err, "is truncated or damaged (")
		bad = bytes.Clone(whole)
		bad[bytes.LastIndex(bad, make([]byte, 200))] = 1
		d, err = Load(write(t, "movie.npz", bad))
		require.NoError(t, err)
		require.Equal(t, []string{"Not used: movie [40 5]. A task variable is one whole number or text for each of the 4 conditions; a continuous one is numbers, not whole, of condition, time or both."}, d.Card.Notes)
	}
}

// allocated is what f takes of memory, in bytes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Nothing is allocated on a file's word, nor for what is not asked for.
func TestBombs(t *testing.T) {
	texts := withHeader(1, "{'descr': '<U0', 'fortran_order': False, 'shape': (2147483647,), }\n", nil)
	large := withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1073741824,), }\n", nil)
	long := []byte(magic + "\x02\x00\xff\xff\xff\xff{")
	for _, b := range [][]byte{texts, large, long, archived(t, member{"a.npy", zip.Deflate, long}, member{"b.npy", zip.Deflate, texts}, member{"c.npy", zip.Store, large})} {
		require.Less(t, allocated(func() {
			_, err := readBytes(b)
			require.Error(t, err)
		}), uint64(1<<20))
	}

	movie := withHeader(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 1000, 1000), }", make([]byte, 64e6))
	b := archived(t, member{"activity.npy", zip.Deflate, recordingNpy()}, member{"movie.npy", zip.Deflate, movie})
	file := write(t, "movie.npz", b)
	require.Less(t, allocated(func() {
		d, err := Load(file)
		require.NoError(t, err)
		require.Equal(t, arange(24), d.Activity.Float64s())
		require.Equal(t, []string{"Not used: movie [64 1000 1000]. A task variable is one whole number or text for each of the 4 conditions; a continuous one is numbers, not whole, of condition, time or both."}, d.Card.Notes)
	}), uint64(1<<20))

	// A directory that lies: 8 GB from these few bytes, as the header says too.
	lie := withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1073741824,), }\n", make([]byte, 100))
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		b := archived(t, member{"activity.npy", method, lie})
		at := bytes.LastIndex(b, []byte("PK\x01\x02")) + 24
		binary.LittleEndian.PutUint32(b[at:], 0xfffffff0)
		require.Less(t, allocated(func() {
			_, err := readBytes(b)
			require.ErrorContains(t, err, fmt.Sprintf("cannot hold %d): save the file again", uint32(0xfffffff0)))
		}), uint64(1<<20))
	}
}

// An array that memory has no room for is refused before it is read, and only where
// the system says what is free.
func TestNoRoom(t *testing.T) {
	n := 1 << 21
	b := withHeader(1, fmt.Sprintf("{'descr': '|i1', 'fortran_order': False, 'shape': (%d, 2), }", n/2), append(make([]byte, n-1), 1))
	defer func(was string) { system = was }(system)
	system = t.TempDir()
	_, err := readBytes(b)
	require.NoError(t, err, "nothing is known")
	require.NoError(t, os.Mkdir(filepath.Join(system, "proc"), 0o755))
	say := func(kB int) {
		require.NoError(t, os.WriteFile(filepath.Join(system, "proc/meminfo"), fmt.Appendf(nil, "MemTotal: 99 kB\nMemAvailable:   %d kB\n", kB), 0o644))
	}
	say(n * 8 / 1024)
	_, err = readBytes(b)
	require.NoError(t, err)
	say(n*8/1024 - 1)
	require.Less(t, allocated(func() {
		_, err = readBytes(b)
		require.EqualError(t, err, "of shape [1048576 2] takes 0.0168 GB of memory, and 0.0168 GB are free: save part of it")
	}), uint64(1<<20))
}

func TestFreeMemory(t *testing.T) {
	root := t.TempDir()
	put := func(file, text string) {
		file = filepath.Join(root, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	free := func() int64 {
		n, known := freeMemory(root)
		require.True(t, known)
		return n
	}
	_, known := freeMemory(root)
	require.False(t, known)
	put("proc/meminfo", "MemTotal:       100 kB\nMemAvailable:   90 kB\n")
	require.EqualValues(t, 90<<10, free())
	put("proc/self/limits", "Limit Soft Limit Hard Limit Units\nMax address space         unlimited            unlimited            bytes\n")
	put("proc/self/status", "Name:\tscore\nVmSize:\t     5 kB\n")
	require.EqualValues(t, 90<<10, free())
	put("proc/self/limits", "Max address space         81920            unlimited            bytes\n")
	require.EqualValues(t, 75<<10, free())
	// Control groups, of which every one above has a limit, too.
	put("proc/self/cgroup", "0::/a/b\n")
	put("sys/fs/cgroup/a/b/memory.max", "max\n")
	put("sys/fs/cgroup/a/b/memory.current", "1000\n")
	put("sys/fs/cgroup/a/memory.max", "70000\n")
	put("sys/fs/cgroup/a/memory.current", "30000\n")
	put("sys/fs/cgroup/a/memory.stat", "anon 5000\nfile 25000\ninactive_file 15000\nactive_file 2000\n")
	require.EqualValues(t, 70000-30000+15000+2000, free())
	put("proc/self/cgroup", "11:cpu:/c\n9:memory:/c\n")
	put("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "9223372036854771712\n")
	put("sys/fs/cgroup/memory/c/memory.usage_in_bytes", "7\n")
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n")
	put("sys/fs/cgroup/memory/memory.usage_in_bytes", "1007\n")
	require.EqualValues(t, 0, free())
}
