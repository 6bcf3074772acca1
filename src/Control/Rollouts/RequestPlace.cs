namespace Snapback.Control.Rollouts;

/// <summary>Where a request came from, and where it went.</summary>
/// <param name="Route">Its id.</param>
/// <param name="Destination">Its id; "none" if there was none.</param>
public readonly record struct RequestPlace(string Route, string Destination, ClientNetwork Network);

/// <summary>A request that can say where it was: to find that out takes longer than to judge it.</summary>
public interface IPlaced
{
    RequestPlace Place { get; }
}
