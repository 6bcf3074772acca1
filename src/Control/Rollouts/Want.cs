namespace Snapback.Control.Rollouts;

/// <summary>One thing a step asks for.</summary>
/// <param name="Met">It holds nobody back.</param>
/// <param name="Sentence">What it is and how far; for people. Empty if it is not worth a word.</param>
public readonly record struct Want(bool Met, string Sentence);
