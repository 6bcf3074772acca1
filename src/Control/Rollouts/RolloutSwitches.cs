namespace Snapback.Control.Rollouts;

/// <summary>The product's own switches as plain fields, so that reading one on the request path costs one load.</summary>
public sealed class RolloutSwitches
{
    private volatile bool _autoRollback = true;
    private volatile bool _autoAdvance = true;
    private volatile bool _stickyArms = true;

    /// <summary>Off: a breach freezes the rollout and says so, and nobody is pulled back.</summary>
    public bool AutoRollback { get => _autoRollback; set => _autoRollback = value; }

    /// <summary>Off: steps wait for an operator's advance.</summary>
    public bool AutoAdvance { get => _autoAdvance; set => _autoAdvance = value; }

    /// <summary>Off: every request draws at random, whatever the plan's sticky key.</summary>
    public bool StickyArms { get => _stickyArms; set => _stickyArms = value; }
}
