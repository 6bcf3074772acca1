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
