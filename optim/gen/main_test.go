package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The committed files are what the generator writes.
func TestFilesAreCurrent(t *testing.T) {
	files, err := generate()
	if err != nil || len(files) != 2 {
		t.Fatal(len(files), err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(target, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != string(got) {
			t.Errorf("%s is not what go generate writes", name)
		}
	}
}
