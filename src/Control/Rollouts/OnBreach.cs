namespace Snapback.Control.Rollouts;

/// <summary>What a broken objective leads to. A failure of both arms freezes, whatever this says.</summary>
public enum OnBreach
{
    Rollback,

    /// <summary>The weight stays, nothing goes up, somebody is called: for changes that cannot go back, such as migrated data.</summary>
    Freeze,

    /// <summary>It is told, and nothing goes up while it lasts.</summary>
    Notify,
}

/// <summary>What becomes of the arms when the canary has won.</summary>
public enum PromotionKind
{
    /// <summary>The canary's cluster keeps the traffic; the arms change roles when the next version starts.</summary>
    Swap,

    /// <summary>The traffic returns to the stable cluster, once a hook has confirmed that the new version runs there.</summary>
    Handback,
}
