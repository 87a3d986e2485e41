//go:build kernel

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// checkNotebooks compiles every cell of the files against the bindings, after
// those before it, and runs none.
func checkNotebooks(files []string) error {
	for _, file := range files {
		cells, err := codeCells(file)
		if err != nil {
			return err
		}
		k, err := NewKernel()
		if err != nil {
			return err
		}
		for i, code := range cells {
			if err := k.check(code); err != nil {
				return fmt.Errorf("%s: code cell %d: %w", file, i+1, err)
			}
		}
	}
	return nil
}

func (k *Kernel) check(code string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = asError(p, code)
		}
	}()
	k.compile(code)
	return nil
}

// codeCells returns the code of a notebook's cells.
func codeCells(file string) (cells []string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var notebook struct {
		Cells []struct {
			Kind   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(b, &notebook); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, c := range notebook.Cells {
		if c.Kind == "code" {
			cells = append(cells, strings.Join(c.Source, ""))
		}
	}
	return cells, nil
}
