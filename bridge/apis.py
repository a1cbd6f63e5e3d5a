"""The JSAPIs of the platform that a page finds on `my`: those that its wallets share and real programs call.

Not the synchronous ones and the events, which cannot be answered over a socket. What is not here is reached with
`my.call(name, ...)`.

`my` must be complete before the next script of the page runs, so `my.js` holds these names too; a test compares.
"""

from __future__ import annotations

__all__ = ["AUTHORIZING", "FORWARDED", "IN_PAGE", "KNOWN"]

IN_PAGE = frozenset({"alert", "call", "canIUse"})
"""Answered by `my.js` itself; a handler for one of these would never run."""

FORWARDED = frozenset(
    """
    chooseCity chooseImage choosePhoneContact clearStorage closeSocket compressImage confirm connectSocket datePicker
    downloadFile getAuthCode getAuthUserInfo getBatteryInfo getClipboard getFileInfo getImageInfo getLocation
    getNetworkType getOpenUserInfo getPhoneNumber getSavedFileInfo getSavedFileList getScreenBrightness getServerTime
    getSetting getSiteInfo getStorage getStorageInfo getSystemInfo getTitleColor hideBackHome hideKeyboard
    hideLoading hideNavigationBarLoading hideShareMenu hideTabBar hideToast httpRequest makePhoneCall
    multiLevelSelect navigateBack navigateBackMiniProgram navigateTo navigateToMiniProgram openDocument openLocation
    openSetting optionsSelect pageScrollTo paySignCenter previewImage prompt reLaunch redirectTo removeSavedFile
    removeStorage removeTabBarBadge request rsa saveFile saveImage scan sendSocketMessage setBackgroundColor
    setBackgroundTextStyle setCanPullDown setClipboard setKeepScreenOn setNavigationBar setScreenBrightness
    setStorage setTabBarBadge setTabBarItem setTabBarStyle showActionSheet showAuthGuide showLoading
    showNavigationBarLoading showSharePanel showTabBar showToast startAPVerify startPullDownRefresh
    stopPullDownRefresh switchTab tradePay uploadFile vibrate vibrateLong vibrateShort watchShake
    """.split()
)
"""Sent to Python, to the handler of that name."""

AUTHORIZING = frozenset({"getAuthCode", "getAuthorize", "getBusinessAuth", "getComponentAuth"})
"""Those that ask the user for scopes. All but getAuthCode are not on `my`: a button with open-type getAuthorize calls
getComponentAuth, and the others are its twins."""

KNOWN = FORWARDED | AUTHORIZING
"""Every JSAPI that can have a handler."""
