// Command pubsub serves Google's own in-memory Pub/Sub (pstest) on a loopback port, for the services' tests.
//
// It prints its address and ends when its standard input ends, so that it never outlives who started it.
package main

import (
	"fmt"
	"io"
	"os"

	"cloud.google.com/go/pubsub/v2/pstest"
)

func main() {
	server := pstest.NewServer()
	fmt.Println(server.Addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = server.Close()
}
