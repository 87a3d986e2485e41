package data

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// hdf5 is how such a file begins.
const hdf5 = "\x89HDF\r\n\x1a\n"

// A conversion says what a file that is not ours to read is, and the expression of
// Python that is its array.
type conversion struct{ what, modules, array string }

// conversions are by extension. FILE is the file's name; NAME is for the reader to
// fill in.
var conversions = map[string]conversion{
	".mat":    {"a MATLAB file", "scipy.io", `scipy.io.loadmat(FILE)["NAME"]`},
	".h5":     {"an HDF5 file", "h5py", `h5py.File(FILE)["NAME"][...]`},
	".nc":     {"a netCDF file", "xarray", `xarray.open_dataset(FILE)["NAME"].values`},
	".csv":    {"a table of text", "", `numpy.loadtxt(FILE, delimiter=",")`},
	".tsv":    {"a table of text", "", `numpy.loadtxt(FILE, delimiter="\t")`},
	".txt":    {"a table of text", "", `numpy.loadtxt(FILE)`},
	".pt":     {"a PyTorch file", "torch", `torch.load(FILE, map_location="cpu").detach().float().numpy()`},
	".pickle": {"a pickle of Python", "pickle", `numpy.asarray(pickle.load(open(FILE, "rb")))`},
}

// sameKind are further extensions of those kinds.
var sameKind = map[string]string{".nwb": ".h5", ".hdf5": ".h5", ".pth": ".pt", ".pkl": ".pickle"}

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
	case strings.HasPrefix(begins, magic), strings.HasPrefix(begins, zipped) && ext != ".pt":
		return nil
	}
	c, known := conversions[ext]
	if strings.HasPrefix(begins, hdf5) && ext != ".nc" {
		c, known = conversions[".h5"], true
		if ext == ".mat" { // MATLAB's axes are the other way round
			c = conversion{"a MATLAB file of version 7.3", c.modules, c.array + ".T"}
		}
	}
	if !known {
		return nil
	}
	modules := strings.TrimSuffix("numpy, "+c.modules, ", ")
	array := strings.ReplaceAll(c.array, "FILE", fmt.Sprintf("%q", file))
	saved := strings.TrimSuffix(file, filepath.Ext(file)) + ".npz"
	return fmt.Errorf("is %s, which Python turns into .npz: import %s; numpy.savez(%q, activity=%s)", c.what, modules, saved, array)
}
