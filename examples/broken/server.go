package main

import (
	"encoding/json"
	"log"
	"net/http"
	"sync"
)

type counter struct {
	mu     sync.Mutex
	visits map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.visits[r.URL.Path]++

	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(c.visits; err != nil {
		log.Println("encode:" err)
	}
}

func main() {
	handler := &counter{visits: make(map[string]int)}
	server := &http.Server{
		Addr:    ":8080",
		Handler: handler,
	}
	log.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); err != nil {
		log.Fatal(err)
	}
