package ingest

import (
	"context"
	"net"
	"sync"

	"kvartal"
	"kvartal/live"
)

const (
	// maxDatagram is the longest that UDP carries.
	maxDatagram = 64 << 10
	// datagramsAtOnce is how many may wait for the disk. More are dropped, and
	// sent again by devices that want an answer.
	datagramsAtOnce = 1024
)

// ServePackets takes datagrams until the context ends. Each is a conversation of
// its own, answered by one datagram.
func (l *Listeners) ServePackets(ctx context.Context, p Protocol, conn net.PacketConn) error {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	waiting := make(chan struct{}, datagramsAtOnce)
	var all sync.WaitGroup
	defer all.Wait()
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return kvartal.Errorf(kvartal.KindUnavailable, "cannot take datagrams for %s on %s any more", p.Name, conn.LocalAddr()).Because(err)
		}
		select {
		case waiting <- struct{}{}:
		default:
			l.refuse("a datagram was dropped: too many wait for the disk", p, from, nil, "datagrams")
			continue
		}
		data := append([]byte(nil), buffer[:n]...)
		all.Go(func() {
			defer func() { <-waiting }()
			l.datagram(ctx, p, conn, from, data)
		})
	}
}

// datagram takes one datagram. A last line without its end is whole here.
func (l *Listeners) datagram(ctx context.Context, p Protocol, conn net.PacketConn, from net.Addr, data []byte) {
	c := &conversation{Listeners: l, session: p.Session(), admitted: map[live.DeviceID]bool{}}
	used, replies, err := c.take(ctx, data)
	if err == nil && used < len(data) {
		var more []byte
		_, more, err = c.take(ctx, append(data[used:], '\r', '\n'))
		replies = append(replies, more...)
	}
	if len(replies) > 0 {
		if _, err := conn.WriteTo(replies, from); err != nil && ctx.Err() == nil {
			l.warn("a device could not be answered", p, from, err)
		}
	}
	if err != nil && ctx.Err() == nil {
		l.refuse("a datagram was not taken", p, from, err, reason(err))
	}
}
