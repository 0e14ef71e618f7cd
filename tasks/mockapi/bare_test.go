package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"strconv"

	"covers/tasks/internal/replace"
)

const bareSize = "COVERS_BENCH_BARE"

// bareServer is the least that net/http does: a program of its own, which answers everything with one body.
func bareServer() {
	size, _ := strconv.Atoi(os.Getenv(bareSize))
	body := bytes.Repeat([]byte("x"), size)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	url := "http://" + listener.Addr().String() + "\n"
	if err := replace.File(os.Args[len(os.Args)-1], []byte(url)); err != nil {
		panic(err)
	}
	kind := []string{"application/json"}
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = kind
		_, _ = w.Write(body)
	}))
}
