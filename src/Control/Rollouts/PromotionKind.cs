namespace Snapback.Control.Rollouts;

/// <summary>What becomes of the arms when the canary has won.</summary>
public enum PromotionKind
{
    /// <summary>The canary's cluster keeps the traffic; the arms change roles when the next version starts.</summary>
    Swap,

    /// <summary>The traffic returns to the stable cluster, once a hook has confirmed that the new version runs there.</summary>
    Handback,
}
