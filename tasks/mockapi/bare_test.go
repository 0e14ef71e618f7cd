package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"strconv"
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
	if err := announce(os.Args[len(os.Args)-1], "http://"+listener.Addr().String()); err != nil {
		panic(err)
	}
	_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(body)
	}))
}
