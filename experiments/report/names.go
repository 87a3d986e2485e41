package report

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// fileKey splits the name of an array of a file, FILE.npz:KEY; the key of others is "".
func fileKey(name string) (file, key string) {
	const dot = ".npz:"
	for i := len(name) - len(dot); i >= 0; i-- {
		if strings.EqualFold(name[i:i+len(dot)], dot) {
			return name[:i+len(dot)-1], name[i+len(dot):]
		}
	}
	return name, ""
}

// ShortNames are names of datasets as figures and tables have them: keys alone where
// all are arrays of one file, or else names without folders, where that tells them
// apart. A key may have a slash in it, as layer/1.
func ShortNames(names []string) (short []string) {
	oneFile := true
	first, _ := fileKey(names[0])
	for _, name := range names {
		file, key := fileKey(name)
		oneFile = oneFile && key != "" && file == first
	}
	times := map[string]int{}
	for _, name := range names {
		file, key := fileKey(name)
		switch {
		case oneFile:
			name = key
		case key != "":
			name = filepath.Base(file) + ":" + key
		default:
			name = filepath.Base(file)
		}
		short = append(short, name)
		times[name]++
	}
	for i, name := range short {
		if times[name] > 1 && !oneFile {
			short[i] = names[i]
		}
	}
	return short
}

// Slug is name with nothing in it that a file name should not have, nor too much.
func Slug(name string) string {
	file, _ := fileKey(name)
	base := strings.TrimSuffix(strings.TrimSuffix(name, ".npz"), ".npy")
	if i := strings.LastIndex(file, "/"); i >= 0 && !strings.HasPrefix(name, "surrogate/") {
		base = base[i+1:]
	}
	base = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		}
		return '-'
	}, base)
	const most = 60
	if len(base) > most {
		sum := sha256.Sum256([]byte(name))
		base = base[:most-9] + "-" + hex.EncodeToString(sum[:4])
	}
	return base
}
