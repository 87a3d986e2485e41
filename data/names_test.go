package data

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// inFolder makes a folder with these files, and goes there.
func inFolder(t *testing.T, files map[string][]byte) {
	t.Chdir(t.TempDir())
	for name, b := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, b, 0o644))
	}
}

// A file is found by its name in any case, by what numpy.savez made of it, with the
// key of an array, and with commas in it.
func TestFiles(t *testing.T) {
	file := archived(t, member{name: "activity.npy", b: recordingNpy()}, member{name: "layer:1.npy", b: recordingNpy()})
	inFolder(t, map[string][]byte{"REC.NPZ": file, "saved.npz": file, "mouse1,day2.npz": file, "b.npz": file, "copy.data": recordingNpy(), "a:b.npz": file, "toy2d": file, "x.npy": recordingNpy()})
	for _, name := range []string{"REC.NPZ", "REC.NPZ:layer:1", "saved", "mouse1,day2.npz", "copy.data", "a:b.npz", "a:b.npz:layer:1", "toy2d.npz:activity", "./toy2d", "x.npy"} {
		d, err := Load(name)
		if name == "toy2d.npz:activity" {
			require.EqualError(t, err, "data: toy2d.npz: no such file or directory")
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, arange(24), d.Activity.Float64s())
		require.Equal(t, name, d.Name)
	}
	d, err := Load("toy2d")
	require.NoError(t, err)
	require.Equal(t, 6, d.Conditions(), "a dataset's name is first its own")
	_, err = Load("x.npy:rates")
	require.ErrorContains(t, err, `a .npy file has one array, which has no name "rates"`)

	for list, want := range map[string][]string{
		"mouse1,day2.npz":               {"mouse1,day2.npz"},
		"toy2d, mouse1,day2.npz ,b.npz": {"toy2d", "mouse1,day2.npz", "b.npz"},
		"mouse1,day2.npz:layer:1,b.npz": {"mouse1,day2.npz:layer:1", "b.npz"},
		"b.npz:layer:1,toy2d":           {"b.npz:layer:1", "toy2d"},
		"b.npz:x,mouse1,day2.npz:y":     {"b.npz:x", "mouse1,day2.npz:y"},
		"mouse1,day3.npz":               {"mouse1", "day3.npz"},
	} {
		names, err := Expand(list)
		require.NoError(t, err)
		require.Equal(t, want, names, list)
	}
}

func TestSuggestions(t *testing.T) {
	for name, want := range map[string]string{
		"toy2D": "toy2d", "Toy3d": "toy2d", "ultrametrik": "ultrametric", "exp-gausian-dim=50": "exp-gaussian-dim=50",
		"surrogate/mante": "surrogate/mante2013", "mante2014": "mante2013", "surrogate-mante2013-seed=1": "surrogate/mante2013-seed=1", "surrogates/siegel2015-fef": "surrogate/siegel2015-fef",
	} {
		_, err := Load(name)
		require.ErrorContains(t, err, "no such dataset; name a .npz or .npy file, or one of toy2d, ")
		require.ErrorContains(t, err, "surrogate/all; is "+want+" meant?")
	}
	for _, name := range []string{"recording", "", "a", "13", "İ-x=1"} {
		_, err := Load(name)
		require.ErrorContains(t, err, "no such dataset")
		require.NotContains(t, err.Error(), "meant", name)
	}
	require.Empty(t, Meant("kitten", []string{"sitting"}), "three letters")
	require.Empty(t, Meant("", []string{"four"}))
	require.Equal(t, "seed", Meant("sede", []string{"seed"}), "two exchanged")

	t.Chdir(t.TempDir())
	for _, file := range []string{"recording.npz", "model.npy", "notes.txt"} {
		require.NoError(t, os.WriteFile(file, nil, 0o644))
	}
	for name, want := range map[string]string{
		"recordings.npz": "; is recording.npz meant?", "./recroding.npz:rates": "; is recording.npz meant?", "modle.npy": "; is model.npy meant?", "other.npz": "", "none/recording.npz": "",
	} {
		_, err := Load(name)
		require.ErrorContains(t, err, "no such file or directory")
		_, said, _ := strings.Cut(err.Error(), "directory")
		require.Equal(t, want, said, name)
	}
}

// A file that is not ours to read is named, with the command that makes one of it.
func TestOtherKinds(t *testing.T) {
	t.Setenv(FolderVariable, "")
	hdf := []byte(hdf5 + "…")
	inFolder(t, map[string][]byte{
		"rec.mat": []byte("MATLAB 5.0 MAT-file"), "new.mat": hdf, "rec.nwb": hdf, "rec.H5": hdf, "rec.nc": hdf, "rec": hdf, "my rec.hdf5": hdf,
		"rec.csv": []byte("1,2\n"), "rec.pt": []byte("PK\x03\x04…"), "rec.pkl": []byte("\x80\x04"), "d/rec.txt": []byte("1 2\n"), "empty.npz": nil,
		"d/PFC data.zip": []byte("PK\x03\x04…"), "assy_dicarlo_MajajHong2015_public.nc": hdf,
	})
	for name, want := range map[string]string{
		"rec.mat":                              `is a MATLAB file, of which a script makes an .npz: python3 data/convert/mat.py rec.mat rec.npz`,
		"new.mat":                              `is a MATLAB file, of which a script makes an .npz: python3 data/convert/mat.py new.mat new.npz`,
		"rec.nwb":                              `is an NWB file, of which a script makes an .npz: python3 data/convert/nwb.py rec.nwb rec.npz --window 0,0.5 --bin 0.05`,
		"rec.H5":                               `is an HDF5 file, of which a script makes an .npz: python3 data/convert/hdf5.py rec.H5 rec.npz`,
		"my rec.hdf5":                          `is an HDF5 file, of which a script makes an .npz: python3 data/convert/hdf5.py 'my rec.hdf5' 'my rec.npz'`,
		"rec":                                  `is an HDF5 file, of which a script makes an .npz: python3 data/convert/hdf5.py rec rec.npz`,
		"rec.nc":                               `is a netCDF file, of which a script makes an .npz: python3 data/convert/hdf5.py rec.nc rec.npz`,
		"rec.csv":                              `is a table of text, of which a script makes an .npz: python3 data/convert/table.py rec.csv rec.npz`,
		"d/rec.txt":                            `is a table of text, of which a script makes an .npz: python3 data/convert/table.py d/rec.txt d/rec.npz`,
		"rec.pt":                               `is a PyTorch file, of which a script makes an .npz: python3 data/convert/pt.py rec.pt rec.npz`,
		"rec.pkl":                              `is a pickle of Python, which can run code when it is read: if you trust it, import numpy, pickle; numpy.savez("rec.npz", activity=numpy.asarray(pickle.load(open("rec.pkl", "rb"))))`,
		"empty.npz":                            `neither a .npy nor a .npz file: save it with numpy.save or numpy.savez`,
		"d/PFC data.zip":                       `is the recording mante2013 as it is published, of which a script makes an .npz: python3 data/convert/mante2013.py 'd/PFC data.zip' recordings/mante2013.npz`,
		"assy_dicarlo_MajajHong2015_public.nc": `is the recording majajhong2015 as it is published, of which a script makes an .npz: python3 data/convert/majajhong2015.py assy_dicarlo_MajajHong2015_public.nc recordings/majajhong2015.npz`,
	} {
		_, err := Load(name)
		require.EqualError(t, err, "data: "+name+": "+want)
	}
}

// Every script that an error names is there.
func TestScripts(t *testing.T) {
	for _, c := range conversions {
		require.FileExists(t, filepath.Join("convert", c.script))
	}
	for _, p := range publishedRecordings {
		require.FileExists(t, filepath.Join("convert", p.name+".py"))
	}
	for _, ext := range sameKind {
		require.True(t, ext == ".pickle" || conversions[ext].what != "", ext)
	}
}

// A dataset made elsewhere is known by its name, with its options; what it was made by is
// in its card, and leads back to it.
func TestRegister(t *testing.T) {
	before := made.sets
	defer func() { made.sets = before }()
	Register(Made{Name: "spiral", Options: []string{"seed"}, Make: func(o map[string]int) (*Dataset, error) {
		if o["seed"] < 0 {
			return nil, errors.New("seed is negative")
		}
		x := Gaussian(uint64(o["seed"]), 6, 2)
		return &Dataset{Activity: tensor.New(tensor.WithShape(1, 6, 2), tensor.WithBacking(x.Float64s()))}, nil
	}})
	require.Contains(t, Names(), "spiral")
	d, err := Load("spiral-seed=2")
	require.NoError(t, err)
	require.Equal(t, "spiral-seed=2", d.Name)
	require.Equal(t, []int{1, 6, 2}, d.Shape)
	require.Equal(t, Origin{Base: "spiral", Seed: 2}, d.Card.Origin)
	for name, want := range map[string]string{
		"spiral-seed=-1": "data: spiral-seed=-1: seed is negative",
		"spiral-dim=3":   `data: spiral-dim=3: at "dim": the options of this dataset are seed`,
	} {
		_, err := Load(name)
		require.EqualError(t, err, want)
	}
	for _, name := range []string{"spiral", "toy2d", "a,b", ""} {
		require.Panics(t, func() { Register(Made{Name: name, Make: func(map[string]int) (*Dataset, error) { return d, nil }}) }, name)
	}
	for _, name := range []string{"toy2d", "ultrametric", "exp-gaussian-seed=3-dim=50", "surrogate/siegel2015-fef-seed=1-shift=-2"} {
		d, err := Load(name)
		require.NoError(t, err)
		again, err := Load(d.Card.Origin.String())
		require.NoError(t, err)
		require.Equal(t, d.Hash(), again.Hash(), name)
	}
}
