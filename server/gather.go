package server

import (
	"context"
	"net"
	"net/http"
)

// Gather returns a listener and a function for http.Server.ConnContext that let
// the server send head and body of a tile by one system call. net/http fills its
// buffer of 4 KB first and sends that on its own, which costs a quarter of the
// warm tiles a second.
func Gather(listener net.Listener) (net.Listener, func(context.Context, net.Conn) context.Context) {
	return gatherListener{listener}, func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, gatherKey{}, c)
	}
}

type gatherKey struct{}

type gatherListener struct{ net.Listener }

func (l gatherListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatherConn{Conn: c}, nil
}

// gatherConn holds back the first write after begin until the next one or end.
// Only the goroutine that answers a request writes.
type gatherConn struct {
	net.Conn

	gathering bool
	held      []byte
}

func (c *gatherConn) begin() { c.gathering = true }

// end sends what is still held back.
func (c *gatherConn) end() {
	c.gathering = false
	if len(c.held) > 0 {
		_, _ = c.Write(nil) // a broken connection shows at the next write
	}
}

// Write implements net.Conn.
func (c *gatherConn) Write(b []byte) (int, error) {
	if c.gathering && len(c.held) == 0 {
		c.held = append(c.held, b...)
		return len(b), nil
	}
	if len(c.held) == 0 {
		return c.Conn.Write(b)
	}
	both := net.Buffers{c.held, b}
	held := len(c.held)
	c.held = c.held[:0]
	n, err := both.WriteTo(c.Conn)
	return max(int(n)-held, 0), err
}

// writeBody writes a whole body at once.
func writeBody(w http.ResponseWriter, r *http.Request, body []byte) {
	if c, ok := r.Context().Value(gatherKey{}).(*gatherConn); ok {
		c.begin()
		defer c.end()
	}
	_, _ = w.Write(body) // the caller may be gone
}
