package ingest

import (
	"context"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
)

// judge says what becomes of a frame: nothing of it is believed before its
// device is admitted. It returns the answer, or an error that ends the
// conversation after that answer.
func (c *conversation) judge(ctx context.Context, m *trackers.Message, decoding error) error {
	if decoding != nil {
		m.Accepted, m.Fixes = m.Refused, nil
		if c.bad++; c.bad >= badFrames {
			return kvartal.Within(decoding, "too many frames in a row could not be read; the last")
		}
		return nil
	}
	c.bad = 0
	if err := c.admit(ctx, m); err != nil {
		m.Accepted, m.Fixes = m.Refused, nil
		return err
	}
	return nil
}

// admit asks the guard for each device that a message speaks for, once.
func (c *conversation) admit(ctx context.Context, m *trackers.Message) error {
	if m.Login != nil {
		if err := c.config.Guard.Admit(ctx, *m.Login); err != nil {
			return err
		}
		c.admitted[m.Login.Device] = true
	}
	for i := range m.Fixes {
		if err := m.Fixes[i].Sound(); err != nil {
			return err
		}
		if err := c.admitDevice(ctx, m.Fixes[i].Device); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversation) admitDevice(ctx context.Context, device live.DeviceID) error {
	switch {
	case c.admitted[device]:
		return nil
	case len(c.admitted) >= maxDevices:
		return kvartal.Errorf(kvartal.KindTooLarge, "one connection may speak for %d devices at most", maxDevices)
	}
	if err := c.config.Guard.Admit(ctx, trackers.Login{Device: device}); err != nil {
		return err
	}
	c.admitted[device] = true
	return nil
}
