package server

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/styles"
	"kvartal/view"
)

// rights makes Views of grants and keeps them as long as the policy holds. It
// may be used concurrently.
type rights struct {
	service *auth.Service
	store   *layers.Store
	styles  *styles.Styles
	log     *slog.Logger

	mu      sync.RWMutex
	version int64                   // of the policy; guarded by mu
	epoch   int64                   // of the areas that grants are for; guarded by mu
	views   map[viewKey]grantedView // guarded by mu
}

type viewKey struct {
	layer kvartal.LayerID
	roles string
	name  string // of the principal, where it counts
}

type grantedView struct {
	view     view.View
	personal bool // it shows personal data
	byName   bool // it is for principals of one name
}

// maxViews bounds the views that are kept: roles of accounts times layers.
const maxViews = 100_000

func newRights(city *City, log *slog.Logger) *rights {
	return &rights{service: city.Auth, store: city.Store, styles: city.Styles, log: log, views: map[viewKey]grantedView{}}
}

// view returns what a principal may do with a layer now.
func (c *caller) view(p kvartal.Principal, d *layers.Definition) view.View {
	v := c.rights.of(p, d)
	if v.personal {
		c.readPersonal(d)
	}
	return v.view
}

func (r *rights) of(p kvartal.Principal, d *layers.Definition) grantedView {
	policy := r.service.Policy()
	roles := strings.Join(p.Roles, " ")
	v, epoch, kept := r.kept(policy, viewKey{d.ID, roles, ""})
	if kept && v.byName {
		v, epoch, kept = r.kept(policy, viewKey{d.ID, roles, p.Name})
	}
	if kept {
		return v
	}
	v, lasting := r.make(policy, p, d)
	if lasting {
		r.keep(policy, epoch, viewKey{d.ID, roles, ""}, v)
		if v.byName {
			r.keep(policy, epoch, viewKey{d.ID, roles, p.Name}, v)
		}
	}
	return v
}

// kept returns a view that was made of a policy, and the epoch it holds in.
func (r *rights) kept(policy *auth.Policy, key viewKey) (grantedView, int64, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, kept := r.views[key]
	return v, r.epoch, kept && r.version == policy.Version()
}

// keep keeps a view unless it is of former rights by now.
func (r *rights) keep(policy *auth.Policy, epoch int64, key viewKey, v grantedView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version < policy.Version() || len(r.views) >= maxViews {
		r.version, r.views = policy.Version(), map[viewKey]grantedView{}
	}
	if r.version == policy.Version() && r.epoch == epoch {
		r.views[key] = v
	}
}

// follow makes views anew if a batch of changes moves areas that grants are for.
func (r *rights) follow(b layers.Batch) {
	areas := r.service.Policy().AreaLayers()
	if !b.ReloadAll && !slices.ContainsFunc(b.Changes, func(c layers.LoggedChange) bool { return areas[c.Layer] }) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch++
	r.views = map[viewKey]grantedView{}
}

// Following returns apply with views that follow what it applies: a district that
// has moved takes with it the rights in it before anybody hears that it has.
func (s *Server) Following(apply func(context.Context, layers.Batch) error) func(context.Context, layers.Batch) error {
	return func(ctx context.Context, b layers.Batch) error {
		err := apply(ctx, b)
		if err == nil && s.city.Load() != nil && s.rights != nil {
			s.rights.follow(b)
		}
		return err
	}
}

// resolving bounds how long the areas of a principal's grants may take to read.
const resolving = 5 * time.Second

// make sums up the grants of a principal. One that does not fit the layer any
// more gives nothing; what could not be told gives nothing either, and the view
// is not lasting.
func (r *rights) make(policy *auth.Policy, p kvartal.Principal, d *layers.Definition) (v grantedView, lasting bool) {
	ctx, cancel := context.WithTimeout(context.Background(), resolving) // for all who ask
	defer cancel()
	var rules []view.Rule
	lasting = true
	for _, g := range policy.Grants(d.ID, d.Grants(), p.Roles) {
		v.byName = v.byName || strings.Contains(g.Filter, layers.PrincipalName)
		rule, err := fitted(ctx, r.store, d, g, p.Name)
		if err != nil {
			lasting = lasting && kvartal.KindOf(err) == kvartal.KindInvalid
			r.log.Warn("a grant does not fit its layer and gives nothing", "grant", g.ID, "layer", d.ID, "error", err)
			continue
		}
		rules = append(rules, r.onMap(d, rule)...)
	}
	v.view = view.Of(d.ID, rules...)
	v.personal = slices.ContainsFunc(d.Personal(), v.view.Readable)
	return v, lasting
}

// fitted is the rule that a grant makes of its layer for a principal now.
func fitted(ctx context.Context, store *layers.Store, d *layers.Definition, g view.Grant, principal string) (view.Rule, error) {
	resolved, err := store.Resolve(ctx, g, principal)
	if err != nil {
		return view.Rule{}, err
	}
	return store.Rule(d, resolved)
}

// onMap parts what a rule permits on the map from the rest. Tiles are for many,
// and are kept, so personal data is not in them. And they can be put together to
// the whole layer, so of one that may be seen but not downloaded they carry only
// what its style draws.
func (r *rights) onMap(d *layers.Definition, rule view.Rule) []view.Rule {
	if !slices.Contains(rule.Actions, view.See) {
		return []view.Rule{rule}
	}
	downloaded := hasWhole(d, rule.Actions)
	kept := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			f, _ := d.Field(name)
			return f.Personal || !downloaded && !slices.Contains(r.styles.Fields(d.ID), name)
		})
	}
	see, rest := rule, rule
	see.Actions, see.Attributes, see.Masked = []view.Action{view.See}, kept(rule.Attributes), kept(rule.Masked)
	if len(see.Attributes) == len(rule.Attributes) && len(see.Masked) == len(rule.Masked) {
		return []view.Rule{rule}
	}
	rest.Actions = slices.DeleteFunc(slices.Clone(rule.Actions), func(a view.Action) bool { return a == view.See })
	return []view.Rule{see, rest}
}

// hasWhole reports whether actions give all of a layer at once anyway. Of what moves
// there is only the present, a page or two of items.
func hasWhole(d *layers.Definition, actions []view.Action) bool {
	return slices.Contains(actions, view.Export) || d.Live != nil && slices.Contains(actions, view.Query)
}
