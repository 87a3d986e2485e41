//go:build !linux

package data

func inHugePages([]byte) {}
