package data

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A published recording is its file in the folder of recordings, known by its name; where
// that is not there, nothing takes its place, and the error says how to get it.
func TestPublished(t *testing.T) {
	t.Setenv(FolderVariable, "")
	file := archived(t, member{name: "activity.npy", b: recordingNpy()})
	inFolder(t, map[string][]byte{"x.npz": file, "mante2013.npz": file, "elsewhere/majajhong2015.npz": file, "elsewhere/hatsopoulos2007.npz": []byte("PK damaged")})
	_, err := Load("mante2013")
	require.EqualError(t, err, "data: mante2013: recordings/mante2013.npz: file does not exist; get PFC data.zip from "+
		"https://www.ini.uzh.ch/dam/jcr:ca4213cf-1692-4c3d-8aeb-d4c5081d2fd1/PFC%20data.zip, then run: "+
		"python3 data/convert/mante2013.py 'PFC data.zip' recordings/mante2013.npz")
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, os.MkdirAll("recordings", 0o777))
	require.NoError(t, os.Rename("mante2013.npz", "recordings/mante2013.npz"))
	as, err := Load("x.npz")
	require.NoError(t, err)
	surrogate, err := Load("surrogate/mante2013")
	require.NoError(t, err)
	d, err := Load("mante2013")
	require.NoError(t, err)
	require.Equal(t, as.Hash(), d.Hash())
	require.Equal(t, "mante2013", d.Name)
	require.Equal(t, filepath.Join("recordings", "mante2013.npz"), d.File)
	require.Equal(t, Origin{Base: "mante2013"}, d.Card.Origin)
	require.False(t, d.Card.Surrogate)
	require.Equal(t, "Mante, Sussillo, Shenoy & Newsome 2013", d.Card.Source)
	require.Contains(t, d.Card.Notes, "Its published analysis had 15 × 72 × 727.")
	require.NotEqual(t, surrogate.Hash(), d.Hash())
	require.NotContains(t, surrogate.Card.Notes, "Its published analysis had 15 × 72 × 727.", "cards are not shared")

	t.Setenv(FolderVariable, "elsewhere")
	d, err = Load("majajhong2015")
	require.NoError(t, err)
	require.Equal(t, as.Hash(), d.Hash())
	_, err = Reading{Axes: "time,unit"}.Load("majajhong2015")
	require.ErrorContains(t, err, "-axes time,unit names 2 axes", "it is read as other files are")
	for name, want := range map[string]string{
		"mante2013":         "data: mante2013: elsewhere/mante2013.npz: file does not exist; get PFC data.zip from ",
		"freemanziemba2013": "then run: python3 data/convert/freemanziemba2013.py assy_movshon_FreemanZiemba2013_public.nc elsewhere/freemanziemba2013.npz",
		"hatsopoulos2007":   "data: hatsopoulos2007: elsewhere/hatsopoulos2007.npz: the .npz file is truncated or damaged",
		"mante2013-seed=1":  `at "seed": this dataset has no options`,
		"siegel2015-fef":    "; is surrogate/siegel2015-fef meant?",
	} {
		_, err := Load(name)
		require.ErrorContains(t, err, want)
	}
}
