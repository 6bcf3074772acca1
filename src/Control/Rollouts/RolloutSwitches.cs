namespace Snapback.Control.Rollouts;

/// <summary>The product's own switches as plain fields, so that reading one on the request path costs one load. All are on unless
/// somebody turns one off by its name.</summary>
public sealed class RolloutSwitches
{
    private readonly Switch _autoRollback = new("auto-rollback");
    private readonly Switch _autoAdvance = new("auto-advance");
    private readonly Switch _stickyArms = new("sticky-arms");
    private readonly Switch _shield = new("shield");
    private readonly Switch _shadow = new("shadow");
    private readonly Switch _overrides = new("overrides");

    public RolloutSwitches() => All = [_autoRollback, _autoAdvance, _stickyArms, _shield, _shadow, _overrides];

    /// <summary>Every switch, for whoever sets them from the configuration or lists them.</summary>
    public IReadOnlyList<Switch> All { get; }

    /// <summary>Off: a breach freezes the rollout and says so, and nobody is pulled back.</summary>
    public bool AutoRollback { get => _autoRollback.IsOn; set => _autoRollback.IsOn = value; }

    /// <summary>Off: steps wait for an operator's advance.</summary>
    public bool AutoAdvance { get => _autoAdvance.IsOn; set => _autoAdvance.IsOn = value; }

    /// <summary>Off: every request draws at random, whatever the plan's sticky key; not where a user's flag tells the arms apart.</summary>
    public bool StickyArms { get => _stickyArms.IsOn; set => _stickyArms.IsOn = value; }

    /// <summary>Off: users see what the canary fails.</summary>
    public bool Shield { get => _shield.IsOn; set => _shield.IsOn = value; }

    /// <summary>Off: no request is copied.</summary>
    public bool Shadow { get => _shadow.IsOn; set => _shadow.IsOn = value; }

    /// <summary>Off: nobody chooses an arm, whatever token they hold.</summary>
    public bool Overrides { get => _overrides.IsOn; set => _overrides.IsOn = value; }
}

/// <summary>One feature of the product that can be off without a restart.</summary>
/// <param name="name">As in the configuration, such as <c>auto-rollback</c>.</param>
public sealed class Switch(string name)
{
    private volatile bool _isOn = true;

    public string Name => name;

    public bool IsOn { get => _isOn; set => _isOn = value; }
}
