namespace Snapback.Control.Rollouts;

/// <summary>The instant in which a generation's weight went to 0.</summary>
/// <param name="Word">As it was just before.</param>
internal readonly record struct Closing(PickWord Word, Moment At);
