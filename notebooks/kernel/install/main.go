// Command install builds the notebook kernel and registers it with Jupyter. Run
// it in notebooks/kernel:
//
//	go run ./install
//
// The kernel does the same, as -rebuild, each time it starts, so that it always
// holds simgrad as it is; that takes a second where nothing changed, and no
// network.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// linked are the packages that cells can import, besides Go's own.
var linked = []string{
	"simgrad/graph", "simgrad/measures", "simgrad/optim", "simgrad/data", "simgrad/data/probe",
	"simgrad/experiments", "simgrad/experiments/report", "simgrad/experiments/studies/...", "simgrad/notebooks",
	"gorgonia.org/gorgonia", "gorgonia.org/tensor",
	"gonum.org/v1/gonum/mat", "gonum.org/v1/gonum/stat",
	// Newer than the interpreter's bindings of Go's library.
	"errors", "math/rand/v2", "strconv", "strings",
}

// goCommand is the go that builds.
var goCommand = "go"

func main() {
	log.SetFlags(0)
	log.SetPrefix("install: ")
	dir := flag.String("dir", filepath.Join(jupyterData(), "kernels"), "Jupyter's `folder` of kernels")
	bin := flag.String("bin", filepath.Join(cache(), "simgrad", "simgrad-kernel"), "where the kernel goes, as a `file`")
	rebuild := flag.Bool("rebuild", false, "build the kernel and leave Jupyter alone")
	flag.StringVar(&goCommand, "go", "go", "the go `command`")
	flag.Parse()
	if err := install(*dir, *bin, *rebuild); err != nil {
		log.Fatal(err)
	}
}

func install(dir, bin string, rebuild bool) error {
	path, err := exec.LookPath(goCommand)
	if err != nil {
		return err
	}
	if goCommand, err = filepath.Abs(path); err != nil {
		return err
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	if !rebuild {
		log.Printf("building the kernel as %s; the first time this takes a few minutes and the network", bin)
	}
	generic, err := build(bin, !rebuild)
	if err != nil || rebuild {
		return err
	}
	log.Print("registering the kernel with Jupyter")
	if err := register(filepath.Join(dir, "simgrad"), bin); err != nil {
		return err
	}
	log.Printf("left out of cells, being generic: %s", strings.Join(generic, ", "))
	log.Printf("simgrad (Go) is in %s; it rebuilds itself from here", dir)
	return nil
}

// build writes the kernel to bin and returns what cells cannot reach; aloud, it says what it
// is at.
func build(bin string, aloud bool) (generic []string, err error) {
	say := func(what string) {
		if aloud {
			log.Print(what)
		}
	}
	work := filepath.Dir(bin)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, err
	}
	say("1 of 3: reading the packages that cells can import")
	source, generic, err := bindings(linked)
	if err != nil {
		return nil, err
	}
	bound := filepath.Join(work, "bindings.go")
	if err := writeWhole(bound, source); err != nil {
		return nil, err
	}
	say("2 of 3: fetching what speaks to Jupyter, where it is not here")
	overlay, err := overlay(work, bound)
	if err != nil {
		return nil, err
	}
	say("3 of 3: compiling")
	// -trimpath leaves the kernel without a GOROOT: with one, gomacro reads the
	// toolchain's export data, and panics on generics and type aliases there.
	return generic, run("build", "-ldflags", "-X runtime.defaultGOROOT=", "-tags", "kernel", "-overlay", overlay, "-o", bin, ".")
}

// overlay writes which files join this module's package main: the bindings and,
// of gophernotes, messages, displays and completion.
func overlay(work, bound string) (file string, err error) {
	// A module of which nothing is compiled as it is must be asked for, the first time.
	var gophernotes struct{ Dir, Error string }
	out, err := exec.Command(goCommand, "mod", "download", "-json", "github.com/gopherdata/gophernotes").Output()
	if jsonErr := json.Unmarshal(out, &gophernotes); jsonErr != nil || gophernotes.Dir == "" {
		return "", fmt.Errorf("gophernotes' source (the first time needs the network): %w", errors.Join(err, jsonErr, errors.New(gophernotes.Error)))
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	replace := map[string]string{filepath.Join(here, "bindings.go"): bound}
	for _, name := range []string{"messages.go", "display.go", "image.go", "complete.go", "x_package.go"} {
		replace[filepath.Join(here, "gophernotes_"+name)] = filepath.Join(gophernotes.Dir, name)
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(work, "overlay.json")
	return file, writeWhole(file, b)
}

// register tells Jupyter how to start the kernel.
func register(dir, bin string) error {
	start, err := filepath.Abs("start.sh")
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{
		"argv":           []string{"/bin/sh", start, goCommand, bin, "{connection_file}"},
		"display_name":   "simgrad (Go)",
		"language":       "go",
		"interrupt_mode": "message",
	}, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, "kernel.json"), append(b, '\n'))
}

// writeWhole writes b to file, whole or not at all: kernels that start together
// build from the same files.
func writeWhole(file string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.part")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// run runs go; what it prints is the error's text.
func run(args ...string) error {
	out, err := exec.Command(goCommand, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// jupyterData is the user's folder of Jupyter's data.
func jupyterData() string {
	home, err := os.UserHomeDir()
	if err != nil {
		log.Fatal(err)
	}
	switch data := os.Getenv("JUPYTER_DATA_DIR"); {
	case data != "":
		return data
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Jupyter")
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter")
	}
	return filepath.Join(home, ".local", "share", "jupyter")
}

func cache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		log.Fatal(err)
	}
	return dir
}
