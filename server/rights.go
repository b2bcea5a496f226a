package server

import (
	"log/slog"
	"slices"
	"strings"
	"sync"

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
		rules = append(rules, r.onMap(d, rule)...)
	}
	v := view.Of(d.ID, rules...)
	return grantedView{v, slices.ContainsFunc(d.Personal(), v.Readable)}
}

// onMap parts what a rule permits on the map from the rest. Tiles are for many,
// and are kept, so personal data is not in them. And they can be put together to
// the whole layer, so of one that may be seen but not downloaded they carry only
// what its style draws.
func (r *rights) onMap(d *layers.Definition, rule view.Rule) []view.Rule {
	if !slices.Contains(rule.Actions, view.See) {
		return []view.Rule{rule}
	}
	downloaded := slices.Contains(rule.Actions, view.Export)
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
