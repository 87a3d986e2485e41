//go:build kernel

// Package main is the notebook kernel: gomacro's interpreter of Go with simgrad
// linked in, speaking to Jupyter in the words of gophernotes.
//
// What is here runs cells and serves Jupyter's messages. Messages, displays and
// completion come from the gophernotes module, and the bindings through which
// cells reach simgrad are written for each build: both join this package by an
// overlay, see install.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"simgrad/measures"
)

// What messages say of the kernel.
const (
	Version         = "1.0.0"
	ProtocolVersion = "5.3"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("simgrad kernel: ")
	check := flag.Bool("check", false, "compile every cell of the notebooks named, and run none")
	note := flag.String("note", "", "what the first cell says before its own output")
	parent := flag.Int("parent", 0, "the process after which the kernel ends, 0 for none")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "simgrad-kernel [-note TEXT] [-parent PID] CONNECTION_FILE\nsimgrad-kernel -check NOTEBOOK...")
	}
	flag.Parse()
	measures.Replace()
	var err error
	switch {
	case *check:
		err = checkNotebooks(flag.Args())
	case flag.NArg() == 1:
		err = serve(flag.Arg(0), *note, *parent)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}
