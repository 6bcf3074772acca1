namespace Snapback.Control.Sharing;

/// <summary>The store cannot take a commit or a read now; nothing was written.</summary>
public class StoreUnavailableException(string message, Exception inner) : Exception(message, inner);

/// <summary>The store was given a commit and did not answer, nor can it be asked: it was written, or it never will be.</summary>
public sealed class OutcomeUnknownException(string message, Exception inner) : StoreUnavailableException(message, inner);
