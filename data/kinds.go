package data

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// hdf5 is how such a file begins.
const hdf5 = "\x89HDF\r\n\x1a\n"

// A conversion says what a file that is not ours to read is, the script of data/convert
// that reads it, and an example of options that it cannot do without.
type conversion struct{ what, script, options string }

// conversions are by extension.
var conversions = map[string]conversion{
	".mat": {"a MATLAB file", "mat.py", ""},
	".h5":  {"an HDF5 file", "hdf5.py", ""},
	".nc":  {"a netCDF file", "hdf5.py", ""},
	".nwb": {"an NWB file", "nwb.py", " --window 0,0.5 --bin 0.05"},
	".csv": {"a table of text", "table.py", ""},
	".pt":  {"a PyTorch file", "pt.py", ""},
}

// sameKind are further extensions of those kinds.
var sameKind = map[string]string{".hdf5": ".h5", ".hdf": ".h5", ".he5": ".h5", ".tsv": ".csv", ".txt": ".csv", ".pth": ".pt", ".pkl": ".pickle"}

// otherKind says how a file that is not of numpy's becomes one that is.
func otherKind(file string, r io.ReaderAt) error {
	begins, err := beginning(r)
	ext := strings.ToLower(filepath.Ext(file))
	if same, ok := sameKind[ext]; ok {
		ext = same
	}
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(begins, magic):
		return nil
	}
	for _, p := range publishedRecordings {
		if filepath.Base(file) == p.input {
			return fmt.Errorf("is the recording %s as it is published, of which a script makes an .npz: %s", p.name, p.convert(file))
		}
	}
	saved := strings.TrimSuffix(file, filepath.Ext(file)) + ".npz"
	c, known := conversions[ext]
	switch {
	case strings.HasPrefix(begins, zipped) && ext != ".pt":
		return nil
	case ext == ".pickle":
		return fmt.Errorf("is a pickle of Python, which can run code when it is read: if you trust it, import numpy, pickle; numpy.savez(%q, activity=numpy.asarray(pickle.load(open(%q, \"rb\"))))", saved, file)
	case strings.HasPrefix(begins, hdf5) && !known:
		c = conversions[".h5"]
	case !known:
		return nil
	}
	return fmt.Errorf("is %s, of which a script makes an .npz: %s%s", c.what, command(c.script, file, saved), c.options)
}
