package main

import (
	"context"

	"kvartal/live"
	"kvartal/live/ingest"
)

type deviceCommand struct {
	List     deviceListCommand     `cmd:"" help:"List the devices that need a password."`
	Password devicePasswordCommand `cmd:"" help:"Make a device need a password, and print it."`
	Open     deviceOpenCommand     `cmd:"" help:"Let a device in by its name alone again."`
}

func withCredentials(ctx context.Context, g *globals, out *output, do func(*ingest.Credentials) error) error {
	db, err := openDatabase(ctx, g, g.logger(out.stderr))
	if err != nil {
		return err
	}
	defer db.Close()
	return do(ingest.NewCredentials(db.owner))
}

type deviceListCommand struct{}

// Run lists the devices that need a password.
func (deviceListCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withCredentials(ctx, g, out, func(c *ingest.Credentials) error {
		devices, err := c.Devices(ctx)
		for _, device := range devices {
			out.print("%s\n", device)
		}
		return err
	})
}

type devicePasswordCommand struct {
	chosenPassword

	Device string `arg:"" help:"Name of the device as its protocol tells it: an IMEI, a unit number."`
}

// Run gives a device a password.
func (c devicePasswordCommand) Run(ctx context.Context, g *globals, out *output) error {
	password, made, err := c.password()
	if err != nil {
		return err
	}
	return withCredentials(ctx, g, out, func(known *ingest.Credentials) error {
		if err := known.SetPassword(ctx, live.DeviceID(c.Device), password); err != nil {
			return err
		}
		out.tellPassword(c.Device, password, made)
		return nil
	})
}

type deviceOpenCommand struct {
	Device string `arg:"" help:"Name of the device."`
}

// Run lets a device in by its name alone.
func (c deviceOpenCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withCredentials(ctx, g, out, func(known *ingest.Credentials) error {
		return known.DropPassword(ctx, live.DeviceID(c.Device))
	})
}
