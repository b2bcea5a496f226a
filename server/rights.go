package server

import (
	"log/slog"
	"slices"
	"strings"
	"sync"

	"kvartal"
	"kvartal/auth"
	"kvartal/layers"
	"kvartal/view"
)

// rights makes Views of grants and keeps them as long as the policy holds. It
// may be used concurrently.
type rights struct {
	service *auth.Service
	store   *layers.Store
	log     *slog.Logger

	mu      sync.RWMutex
	version int64                   // of the policy; guarded by mu
	views   map[viewKey]grantedView // guarded by mu
}

type viewKey struct {
	layer kvartal.LayerID
	roles string
}

type grantedView struct {
	view     view.View
	personal bool // it shows personal data
}

// maxViews bounds the views that are kept: roles of accounts times layers.
const maxViews = 100_000

func newRights(service *auth.Service, store *layers.Store, log *slog.Logger) *rights {
	return &rights{service: service, store: store, log: log, views: map[viewKey]grantedView{}}
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
	key := viewKey{d.ID, strings.Join(p.Roles, " ")}
	r.mu.RLock()
	v, kept := r.views[key]
	kept = kept && r.version == policy.Version()
	r.mu.RUnlock()
	if kept {
		return v
	}
	v = r.make(policy, p, d)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.version < policy.Version() || len(r.views) >= maxViews {
		r.version, r.views = policy.Version(), map[viewKey]grantedView{}
	}
	if r.version == policy.Version() {
		r.views[key] = v
	}
	return v
}

// make sums up the grants of a principal. One that does not fit the layer any
// more gives nothing.
func (r *rights) make(policy *auth.Policy, p kvartal.Principal, d *layers.Definition) grantedView {
	var rules []view.Rule
	for _, g := range policy.Grants(d.ID, d.Grants(), p.Roles) {
		rule, err := r.store.Rule(d, g)
		if err != nil {
			r.log.Warn("a grant does not fit its layer and gives nothing", "grant", g.ID, "layer", d.ID, "error", err)
			continue
		}
		rules = append(rules, onMap(d, rule)...)
	}
	v := view.Of(d.ID, rules...)
	return grantedView{v, slices.ContainsFunc(d.Personal(), v.Readable)}
}

// onMap parts what a rule permits on the map from the rest: tiles are for many,
// and are kept, so personal data is not in them.
func onMap(d *layers.Definition, rule view.Rule) []view.Rule {
	personal := func(name string) bool { return slices.Contains(d.Personal(), name) }
	if !slices.ContainsFunc(rule.Attributes, personal) && !slices.ContainsFunc(rule.Masked, personal) {
		return []view.Rule{rule}
	}
	see, rest := rule, rule
	see.Actions = []view.Action{}
	if slices.Contains(rule.Actions, view.See) {
		see.Actions = []view.Action{view.See}
	}
	see.Attributes = slices.DeleteFunc(slices.Clone(rule.Attributes), personal)
	see.Masked = slices.DeleteFunc(slices.Clone(rule.Masked), personal)
	rest.Actions = slices.DeleteFunc(slices.Clone(rule.Actions), func(a view.Action) bool { return a == view.See })
	return []view.Rule{see, rest}
}
