package main

import (
	"context"
	"io"
	"log/slog"
	"net"

	"kvartal"
	"kvartal/live/ingest"
	"kvartal/live/trackers/egts"
	"kvartal/live/trackers/nmea"
	"kvartal/live/trackers/wialon"
)

// portFlags say where trackers are listened to.
type portFlags struct {
	EGTSListen   string `name:"egts-listen" help:"Address for trackers that speak EGTS (TCP); off if empty." placeholder:"HOST:PORT" env:"KVARTAL_EGTS_LISTEN"`
	WialonListen string `name:"wialon-listen" help:"Address for trackers that speak Wialon IPS (TCP and UDP); off if empty." placeholder:"HOST:PORT" env:"KVARTAL_WIALON_LISTEN"`
	NMEAListen   string `name:"nmea-listen" help:"Address for trackers that send NMEA 0183 (TCP and UDP); off if empty." placeholder:"HOST:PORT" env:"KVARTAL_NMEA_LISTEN"`
	MQTTListen   string `name:"mqtt-listen" help:"Address for devices that speak MQTT; off if empty." placeholder:"HOST:PORT" env:"KVARTAL_MQTT_LISTEN"`
}

func (f portFlags) address(protocol string) string {
	return map[string]string{
		egts.Source: f.EGTSListen, wialon.Source: f.WialonListen, nmea.Source: f.NMEAListen, ingest.MQTT: f.MQTTListen,
	}[protocol]
}

// ports are those that are open.
type ports struct {
	log       *slog.Logger
	addresses map[string]string // by protocol
	opened    []io.Closer
	serve     []func(context.Context) error
}

// openPorts opens the ports of the protocols that are to be spoken.
func (f portFlags) openPorts(ctx context.Context, l *ingest.Listeners, forms ingest.Forms, log *slog.Logger) (*ports, error) {
	open := &ports{log: log, addresses: map[string]string{}}
	for _, p := range ingest.Protocols() {
		if err := open.protocol(ctx, l, p, f.address(p.Name)); err != nil {
			open.close()
			return nil, err
		}
	}
	listener, err := open.tcp(ctx, ingest.MQTT, f.MQTTListen)
	if err != nil {
		open.close()
		return nil, err
	}
	if listener != nil {
		open.serve = append(open.serve, func(ctx context.Context) error { return l.ServeMQTT(ctx, listener, forms) })
	}
	return open, nil
}

func (open *ports) protocol(ctx context.Context, l *ingest.Listeners, p ingest.Protocol, address string) error {
	listener, err := open.tcp(ctx, p.Name, address)
	if err != nil || listener == nil {
		return err
	}
	open.serve = append(open.serve, func(ctx context.Context) error { return l.Serve(ctx, p, listener) })
	if !p.Datagrams {
		return nil
	}
	packets, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", listener.Addr().String())
	if err != nil {
		return kvartal.Errorf(kvartal.KindUnavailable, "cannot take datagrams on %s: is the port in use?", address).Because(err)
	}
	open.opened = append(open.opened, packets)
	open.serve = append(open.serve, func(ctx context.Context) error { return l.ServePackets(ctx, p, packets) })
	return nil
}

// tcp opens one port; nil if there is no address.
func (open *ports) tcp(ctx context.Context, protocol, address string) (net.Listener, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // none is asked for
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return nil, err
	}
	open.opened = append(open.opened, listener)
	open.addresses[protocol] = listener.Addr().String()
	open.log.InfoContext(ctx, "listening to trackers", "protocol", protocol, "address", listener.Addr().String())
	return listener, nil
}

// close closes ports that are not served.
func (open *ports) close() {
	for _, port := range open.opened {
		_ = port.Close()
	}
}
