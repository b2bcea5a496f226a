package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"kvartal"
	"kvartal/auth"
)

type userCommand struct {
	List    userListCommand    `cmd:"" help:"List the accounts."`
	Add     userAddCommand     `cmd:"" help:"Make an account and print its password."`
	Reset   userResetCommand   `cmd:"" help:"Give an account another password, print it and end its sessions."`
	Roles   userRolesCommand   `cmd:"" help:"Give an account other roles."`
	Disable userDisableCommand `cmd:"" help:"Let an account sign in no more."`
	Enable  userEnableCommand  `cmd:"" help:"Let an account sign in again."`
	Delete  userDeleteCommand  `cmd:"" help:"Remove an account."`
}

type userListCommand struct{}

// Run lists the accounts.
func (userListCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, _ auth.Actor) error {
		accounts, err := s.Accounts(ctx)
		if err != nil {
			return err
		}
		return out.table("NAME\tROLES\tENABLED\tTITLE", func(w *tabwriter.Writer) {
			for _, a := range accounts {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.Name, strings.Join(a.Roles, ","), yes(!a.Disabled), a.Title)
			}
		})
	})
}

// chosenPassword is a password from standard input, or a random one.
type chosenPassword struct {
	PasswordStdin bool `help:"Read the password from standard input instead of making one."`
}

// password returns the password and whether it was made here.
func (c chosenPassword) password() (text string, made bool, err error) {
	if !c.PasswordStdin {
		return rand.Text(), true, nil
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && err != io.EOF { //nolint:errorlint // as documented
		return "", false, kvartal.Errorf(kvartal.KindInvalid, "the password cannot be read from standard input").Because(err)
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}

func (o *output) tellPassword(name, password string, made bool) {
	if made {
		o.print("The password of %s is %s\n", name, password)
	}
}

type userAddCommand struct {
	chosenPassword

	Name  string   `arg:"" help:"Name to sign in with, in lower case."`
	Title string   `help:"Name for people."`
	Role  []string `help:"Roles of the account; administrator manages accounts and rights." placeholder:"ROLE"`
}

// Run makes an account.
func (c userAddCommand) Run(ctx context.Context, g *globals, out *output) error {
	password, made, err := c.password()
	if err != nil {
		return err
	}
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		if err := s.AddAccount(ctx, by, auth.Account{Name: c.Name, Title: c.Title, Roles: c.Role}, password); err != nil {
			return err
		}
		out.tellPassword(c.Name, password, made)
		return nil
	})
}

type userResetCommand struct {
	chosenPassword

	Name string `arg:"" help:"Name of the account."`
}

// Run gives an account another password.
func (c userResetCommand) Run(ctx context.Context, g *globals, out *output) error {
	password, made, err := c.password()
	if err != nil {
		return err
	}
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error {
		if err := s.SetPassword(ctx, by, c.Name, password); err != nil {
			return err
		}
		out.tellPassword(c.Name, password, made)
		return nil
	})
}

type userRolesCommand struct {
	Name string   `arg:"" help:"Name of the account."`
	Role []string `arg:"" optional:"" help:"All roles it shall have."`
}

// Run gives an account other roles.
func (c userRolesCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.SetRoles(ctx, by, c.Name, c.Role) })
}

type userDisableCommand struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run disables an account and ends its sessions.
func (c userDisableCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.Disable(ctx, by, c.Name, true) })
}

type userEnableCommand struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run enables an account.
func (c userEnableCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.Disable(ctx, by, c.Name, false) })
}

type userDeleteCommand struct {
	Name string `arg:"" help:"Name of the account."`
}

// Run removes an account.
func (c userDeleteCommand) Run(ctx context.Context, g *globals, out *output) error {
	return withAuth(ctx, g, out, func(s *auth.Service, by auth.Actor) error { return s.DeleteAccount(ctx, by, c.Name) })
}
