package layers

import (
	"slices"

	"kvartal"
	"kvartal/view"
)

// View returns what the definition itself grants a principal: the sum of the
// rights of its roles, and every attribute that is not personal data.
func (d *Definition) View(p kvartal.Principal) view.View {
	if slices.Equal(p.Roles, kvartal.Public.Roles) {
		return d.public
	}
	return d.grant(p.Roles)
}

func (d *Definition) grant(roles []string) view.View {
	var rules []view.Rule
	for role, granted := range d.Rights {
		if !slices.Contains(roles, role) {
			continue
		}
		rule := view.Rule{Attributes: d.impersonal()}
		for _, a := range granted {
			rule.Actions = append(rule.Actions, view.Action(a))
		}
		if d.Live != nil && slices.Contains(kvartal.Public.Roles, role) {
			rule.Delay, rule.Every = d.Live.Public.Delay, d.Live.Public.Every
		}
		rules = append(rules, rule)
	}
	return view.Of(d.ID, rules...)
}
